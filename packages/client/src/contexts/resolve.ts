import { join } from 'node:path';
import { FailedPreconditionError, InvalidArgumentError } from '@wharf/core';
import type { ClientOptions } from '../client.js';
import { hostText, parseHost } from '../host.js';
import type { Context, TlsMaterial } from './context.js';
import { configDirectory, readText } from './files.js';
import type { Environment } from './files.js';
import { openContextStore } from './store.js';

/** The global flags of the command line that say which daemon is meant. */
export interface TargetFlags {
  readonly host?: string;
  readonly context?: string;
  /** False accepts any certificate of the daemon; absent asks WHARF_TLS_VERIFY, then the context. */
  readonly tlsVerify?: boolean;
  readonly tlsCaCert?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

export interface Target extends ClientOptions {
  /** The context that decided, unless a host was given. */
  readonly context?: string;
}

/**
 * Which daemon is meant: the flag --host, the flag --context, WHARF_HOST, WHARF_CONTEXT, the current context,
 * the default one: the first of them that is given. Flags for TLS replace what the context or WHARF_CERT_PATH has.
 */
export function resolveTarget(flags: TargetFlags, env: Environment): Target {
  if (flags.host && flags.context) {
    throw new InvalidArgumentError('give --host or --context, not both');
  }
  const store = openContextStore(configDirectory(env));
  if (flags.host) return targetOfHost(flags.host, flags, env);
  if (flags.context) return targetOfContext(store.get(flags.context), flags, env);
  if (env['WHARF_HOST']) return targetOfHost(env['WHARF_HOST'], flags, env);
  return targetOfContext(store.get(env['WHARF_CONTEXT'] || store.current()), flags, env);
}

function targetOfHost(text: string, flags: TargetFlags, env: Environment): Target {
  const host = parseHost(text);
  if (host.kind === 'unix') return { host: hostText(host) };
  const folder = env['WHARF_CERT_PATH'] || configDirectory(env);
  const tls = { ...readFolder(folder), ...readTlsFlags(flags) };
  return { host: hostText(host), tls: { ...tls, verify: verifyOf(flags, env) ?? true } };
}

function targetOfContext(context: Context, flags: TargetFlags, env: Environment): Target {
  const { name, host, serverName, verify } = context;
  if (parseHost(host).kind === 'unix') return { context: name, host };
  const tls = {
    ...context.tls,
    ...readTlsFlags(flags),
    ...(serverName === undefined ? {} : { serverName }),
    verify: verifyOf(flags, env) ?? verify,
  };
  return { context: name, host, tls };
}

/** Docker's names of files. */
function readFolder(folder: string): TlsMaterial {
  return material({
    ca: readText(join(folder, 'ca.pem')),
    cert: readText(join(folder, 'cert.pem')),
    key: readText(join(folder, 'key.pem')),
  });
}

/** The files that flags name; each must be there. */
export function readTlsFlags({ tlsCaCert, tlsCert, tlsKey }: TargetFlags): TlsMaterial {
  return material({ ca: readNamed(tlsCaCert), cert: readNamed(tlsCert), key: readNamed(tlsKey) });
}

function readNamed(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const text = readText(path);
  if (text === undefined)
    throw new FailedPreconditionError(`cannot read ${path}: it does not exist`);
  return text;
}

function material(parts: { [K in keyof TlsMaterial]: string | undefined }): TlsMaterial {
  return Object.fromEntries(Object.entries(parts).filter(([, pem]) => pem !== undefined));
}

function verifyOf(flags: TargetFlags, env: Environment): boolean | undefined {
  const text = env['WHARF_TLS_VERIFY'];
  if (flags.tlsVerify !== undefined) return flags.tlsVerify;
  if (text === undefined || text === '') return undefined;
  return !['0', 'false', 'no', 'off'].includes(text.toLowerCase());
}
