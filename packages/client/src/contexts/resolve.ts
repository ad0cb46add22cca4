import { InvalidArgumentError } from '@wharf/core';
import type { ClientOptions } from '../client.js';
import { hostText, parseHost } from '../host.js';
import { defaultContext, defaultHost } from './default.js';
import { configDirectory, readCurrent } from './files.js';
import type { Environment } from './files.js';

/** The global flags of the command line that say which daemon is meant. */
export interface TargetFlags {
  /** The directory of settings, in place of WHARF_CONFIG. */
  readonly config?: string | undefined;
  readonly host?: string | undefined;
  readonly context?: string | undefined;
  /** TLS for a tcp host although no certificate is given or found. */
  readonly tls?: boolean | undefined;
  /** As `tls`, and verifies the daemon even where the context would not. */
  readonly tlsVerify?: boolean | undefined;
  /** Paths of PEM files, in place of those of the context or of WHARF_CERT_PATH. */
  readonly tlsCaCert?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
}

export interface Target extends ClientOptions {
  /** The context that decided, unless a host was given. */
  readonly context?: string;
}

/** What names the daemon: a host that was given, or a context. */
export type DaemonChoice =
  | { readonly kind: 'host'; readonly host: string }
  | { readonly kind: 'context'; readonly name: string };

/**
 * The first that is given of: the flag --host, the flag --context, WHARF_HOST, WHARF_CONTEXT, the current context, the
 * default one. Whether there is such a context is not asked. Throws invalid-argument when both flags are given.
 */
export async function chooseDaemon(flags: TargetFlags, env: Environment): Promise<DaemonChoice> {
  const { host, context } = flags;
  if (host !== undefined && context !== undefined) {
    throw new InvalidArgumentError(
      'conflicting options: cannot specify both --host and --context, leave one out',
    );
  }
  if (host !== undefined) return { kind: 'host', host };
  if (context !== undefined) return { kind: 'context', name: context };
  if (env['WHARF_HOST']) return { kind: 'host', host: env['WHARF_HOST'] };
  const name = env['WHARF_CONTEXT'] || (await readCurrent(directoryOf(flags, env)));
  return { kind: 'context', name };
}

/**
 * The daemon that `chooseDaemon` chooses, and how to reach it. Contexts and certificates are loaded only for those that
 * need them. Throws not-found for an unknown context, failed-precondition for a file that cannot be read.
 */
export async function resolveTarget(flags: TargetFlags, env: Environment): Promise<Target> {
  const choice = await chooseDaemon(flags, env);
  if (choice.kind === 'host') return targetOfHost(choice.host, flags, env);
  if (choice.name === defaultContext) return { context: defaultContext, host: defaultHost };
  return targetOfContext(choice.name, flags, env);
}

async function targetOfHost(text: string, flags: TargetFlags, env: Environment): Promise<Target> {
  const host = parseHost(text);
  if (host.kind === 'unix') return { host: hostText(host) };
  const { tlsOfHost } = await import('./tls.js');
  const tls = await tlsOfHost(flags, env, directoryOf(flags, env));
  return { host: hostText(host), ...(tls === undefined ? {} : { tls }) };
}

async function targetOfContext(
  name: string,
  flags: TargetFlags,
  env: Environment,
): Promise<Target> {
  const { openContextStore } = await import('./store.js');
  const context = await openContextStore(directoryOf(flags, env)).get(name);
  const { host } = context;
  if (parseHost(host).kind === 'unix') return { context: name, host };
  const { tlsOfContext } = await import('./tls.js');
  return { context: name, host, tls: await tlsOfContext(context, flags, env) };
}

function directoryOf({ config }: TargetFlags, env: Environment): string {
  return config ?? configDirectory(env);
}
