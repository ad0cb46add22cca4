import { InvalidArgumentError, printable } from '@wharf/core';
import { shownUrl } from '../fault.js';
import type { Place } from '../net/guard.js';

/** An address of a repository, free of credentials. */
export type Remote = HttpRemote | SshRemote;

export interface HttpRemote {
  readonly kind: 'http';
  readonly url: URL;
  readonly authorization: string | undefined;
}

export interface SshRemote {
  readonly kind: 'ssh';
  readonly user: string;
  readonly place: Place;
  readonly path: string;
  /** `user@host:path`, whose path is below the home directory unless it begins with a slash. */
  readonly short: boolean;
}

const maxLength = 4096;

/**
 * Reads https://…, http://…, ssh://[user@]host[:port]/path and user@host:path; all else is refused by what it begins with,
 * so that no other transport or remote helper of git can be named.
 * @throws InvalidArgumentError
 */
export function parseRemote(text: string, authorization?: string): Remote {
  if (text === '' || text.length > maxLength) throw invalid(text, 'it is empty or too long');
  if (/[\x00-\x20\x7f\\]/.test(text))
    throw invalid(text, 'it has white space or control characters');
  if (/^https?:\/\//i.test(text)) return parseHttp(text, authorization);
  if (/^ssh:\/\//i.test(text)) return parseSsh(text);
  if (/^[^/:@]+@[^/:@]+:/.test(text) && !text.includes('::')) return parseShort(text);
  throw invalid(text, 'write it as https://HOST/PATH, ssh://HOST/PATH or git@HOST:PATH');
}

/** For messages: a query may be secret. */
export function shownRemote(remote: Remote): string {
  return remote.kind === 'http' ? shownUrl(remote.url) : remoteText(remote);
}

/** As git takes it. */
export function remoteText(remote: Remote): string {
  if (remote.kind === 'http') return remote.url.href;
  const { hostname, port } = remote.place;
  const host = hostname.includes(':') ? `[${hostname}]` : hostname;
  if (remote.short) return `${remote.user}@${host}:${remote.path}`;
  const user = remote.user === '' ? '' : `${remote.user}@`;
  return `ssh://${user}${host}:${port}${remote.path}`;
}

function parseHttp(text: string, given: string | undefined): HttpRemote {
  const url = URL.parse(text);
  if (url === null || url.hash !== '' || url.hostname.startsWith('-')) {
    throw invalid('', 'it is no address');
  }
  const authorization = given ?? basicOf(url);
  if (authorization !== undefined && !/^[\x20-\x7e]{1,16384}$/.test(authorization)) {
    throw invalid('', 'its authorization has characters that a header cannot have');
  }
  url.username = '';
  url.password = '';
  return { kind: 'http', url, authorization };
}

function basicOf(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined;
  try {
    const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return `Basic ${Buffer.from(user).toString('base64')}`;
  } catch {
    throw invalid('', 'the user in it is not URL-encoded');
  }
}

function parseSsh(text: string): SshRemote {
  const found = /^ssh:\/\/(?:([^/@]*)@)?(\[[^\]/]*\]|[^/:@[\]]*)(?::(\d{1,5}))?(\/.*)$/i.exec(text);
  if (found === null) throw invalid(text, 'write it as ssh://[USER@]HOST[:PORT]/PATH');
  const [, user = '', host = '', port = '22', path = ''] = found;
  return sshRemote(user, host, Number(port), path);
}

function parseShort(text: string): SshRemote {
  const at = text.indexOf('@');
  const colon = text.indexOf(':', at);
  return sshRemote(text.slice(0, at), text.slice(at + 1, colon), 22, text.slice(colon + 1), true);
}

function sshRemote(
  user: string,
  host: string,
  port: number,
  path: string,
  short = false,
): SshRemote {
  if (user !== '' && !/^[A-Za-z0-9_][A-Za-z0-9._+-]{0,63}$/.test(user)) {
    throw invalid('', 'its user can have letters, digits and . _ + - only, and no password');
  }
  const name = /^\[[0-9a-fA-F:.]+\]$/.test(host) ? host.slice(1, -1) : host;
  const isName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$/.test(name) || name !== host;
  if (!isName) throw invalid('', 'its host is no name');
  if (port < 1 || port > 65_535) throw invalid('', 'its port is not between 1 and 65535');
  if (/^\/?-|^\/?$/.test(path)) throw invalid('', 'its path is empty or begins with -');
  return { kind: 'ssh', user, place: { hostname: name.toLowerCase(), port }, path, short };
}

/** Text with an @ may hold a password, and is not shown. */
function invalid(text: string, why: string): InvalidArgumentError {
  const shown =
    text === '' || text.includes('@') ? 'the git remote' : `the git remote ${printable(text)}`;
  return new InvalidArgumentError(`${shown} is refused: ${why}`);
}
