import { InvalidArgumentError } from '@wharf/core';
import { hostText, parseHost } from '../host.js';
import { defaultContext } from './default.js';

export const tlsNames = ['ca', 'cert', 'key'] as const;
export type TlsName = (typeof tlsNames)[number];

/** PEM texts; those that there are. */
export type TlsMaterial = Readonly<Partial<Record<TlsName, string>>>;

/** A daemon by a name. */
export interface Context {
  readonly name: string;
  readonly description: string;
  /** `unix:///path` or `tcp://name:port`. */
  readonly host: string;
  /** The name that the daemon's certificate must have, when it is not the host's. */
  readonly serverName?: string;
  /** False accepts any certificate of the daemon. */
  readonly verify: boolean;
  readonly tls: TlsMaterial;
}

/** What of a context is given or changed; certificates are added to those that it has. */
export type ContextSettings = Partial<Omit<Context, 'name'>>;

const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9_.+-]{0,127}$/;

/** Throws invalid-argument unless a context can be given that name; `default` is taken. */
export function checkContextName(name: string): string {
  if (name === defaultContext) {
    throw new InvalidArgumentError(`"${defaultContext}" is a reserved context name`);
  }
  if (namePattern.test(name)) return name;
  throw new InvalidArgumentError(
    `context name ${JSON.stringify(name)} is invalid, names begin with a letter or digit and have only [a-zA-Z0-9_.+-]`,
  );
}

/** The same context with those settings in place of its own. Throws invalid-argument for a host that is none. */
export function changedContext(context: Context, settings: ContextSettings): Context {
  const host = settings.host === undefined ? context.host : hostText(parseHost(settings.host));
  const tls = { ...context.tls, ...settings.tls };
  return { ...context, ...settings, name: context.name, host, tls };
}
