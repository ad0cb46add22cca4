import { FailedPreconditionError, InvalidArgumentError, printable } from '@wharf/core';
import { hostText, parseHost } from '../host.js';

export const defaultContext = 'default';
export const defaultHost = 'unix:///run/wharf/wharf.sock';
const maxNameLength = 128;
const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$/;

/** PEM texts. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** A daemon by a name. */
export interface Context {
  readonly name: string;
  readonly description: string;
  readonly host: string;
  readonly serverName?: string;
  /** False accepts any certificate of the daemon. */
  readonly verify: boolean;
  readonly tls: TlsMaterial;
}

/** What `context create` is told. */
export interface ContextSettings {
  readonly description?: string;
  readonly host?: string;
  readonly serverName?: string;
  readonly verify?: boolean;
  readonly tls?: TlsMaterial;
}

/** Throws invalid-argument unless it is a name that a context can be given; `default` is taken. */
export function checkContextName(name: string): string {
  if (name === defaultContext) {
    throw new InvalidArgumentError(
      `the context "${defaultContext}" is built in: choose another name`,
    );
  }
  if (name.length > maxNameLength || !namePattern.test(name)) {
    throw new InvalidArgumentError(
      `invalid context name "${printable(name)}": letters, digits, and _.+- after the first`,
    );
  }
  return name;
}

/** The record of a context as it is kept, without its keys. */
export function contextToJson(context: Context): string {
  const { name, description, host, serverName, verify } = context;
  return `${JSON.stringify({ name, description, host, serverName, verify }, undefined, 2)}\n`;
}

/** Reads a record; `where` names it in messages. Throws failed-precondition for one that is damaged. */
export function contextFromJson(
  record: Readonly<Record<string, unknown>>,
  {
    name,
    tls,
    where,
  }: { readonly name: string; readonly tls: TlsMaterial; readonly where: string },
): Context {
  const { description = '', host, serverName, verify = true } = record;
  const optionalName = serverName === undefined || typeof serverName === 'string';
  if (typeof description !== 'string' || typeof host !== 'string' || !optionalName) {
    throw new FailedPreconditionError(
      `${where} is damaged: remove the context and create it again`,
    );
  }
  return {
    name,
    description,
    host: hostText(parseHost(host)),
    ...(serverName === undefined ? {} : { serverName }),
    verify: verify !== false,
    tls,
  };
}
