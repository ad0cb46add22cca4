import { InvalidArgumentError } from '@wharf/core';

/** A mirror as the operator wrote it, read once. */
export interface Mirror {
  /** The host, for messages and its settings. */
  readonly name: string;
  readonly origin: string;
  /** Before `/v2/`; empty or with a slash in front. */
  readonly apiPath: string;
  /** Before the repository; empty or with a slash at the end. */
  readonly repositoryPrefix: string;
}

const path = /^(?:\/[A-Za-z0-9._~-]+)*$/;

/** @throws InvalidArgumentError unless it is `http(s)://host[:port][/path]` */
export function parseMirror(text: string): Mirror {
  const url = URL.parse(text);
  const trimmed = url === null ? '' : url.pathname.replace(/\/+$/, '');
  const usable =
    url !== null &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === '' &&
    path.test(trimmed);
  if (!usable) {
    throw new InvalidArgumentError(
      `invalid registry mirror: write it as https://host[:port][/path] without user or query`,
    );
  }
  const { apiPath, prefix } = splitPath(trimmed);
  return { name: url.host, origin: url.origin, apiPath, repositoryPrefix: prefix };
}

function splitPath(pathname: string): { readonly apiPath: string; readonly prefix: string } {
  const parts = pathname.split('/').filter((part) => part !== '');
  const at = parts.indexOf('v2');
  const api = parts.slice(0, Math.max(at, 0));
  const prefix = parts.slice(at + 1);
  return {
    apiPath: api.map((part) => `/${part}`).join(''),
    prefix: prefix.map((part) => `${part}/`).join(''),
  };
}
