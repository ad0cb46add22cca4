import { InvalidArgumentError, printable } from '@wharf/core';
import { git } from './process.js';
import { parseRemote } from './remote.js';
import type { Remote } from './remote.js';
import type { Repository } from './repository.js';

export interface Module {
  readonly path: string;
  readonly url: string;
}

/** The modules that a .gitmodules names, read from the blob itself: gitmodules(5). */
export async function readModules(
  { directory, program }: Repository,
  blob: string,
  signal: AbortSignal,
): Promise<readonly Module[]> {
  const args = [
    `--git-dir=${directory}`,
    'config',
    '-z',
    '--no-includes',
    `--blob=${blob}`,
    '--list',
  ];
  const text = (await git(program, { args }, signal)).toString('utf8');
  const found = new Map<string, { path?: string; url?: string }>();
  for (const pair of text.split('\0')) {
    const [key = '', ...value] = pair.split('\n');
    const match = /^submodule\.([^]*)\.(path|url)$/.exec(key);
    if (match?.[1] === undefined) continue;
    const module = found.get(match[1]) ?? {};
    module[match[2] as 'path' | 'url'] = value.join('\n');
    found.set(match[1], module);
  }
  return [...found.values()].flatMap(({ path, url }) =>
    path === undefined || url === undefined ? [] : [{ path: path.replace(/\/+$/, ''), url }],
  );
}

/**
 * The remote of a submodule: an address like any other, or one relative to its parent's, which stays on the parent's host.
 * Authorization goes to the same origin alone.
 * @throws InvalidArgumentError for file://, ext:: and whatever else is no remote
 */
export function moduleRemote(parent: Remote, { url, path }: Module): Remote {
  const refused = (why: string): InvalidArgumentError =>
    new InvalidArgumentError(`the submodule at ${printable(path)} is refused: ${why}`);
  try {
    const remote = /^\.\.?(?:\/|$)/.test(url) ? relative(parent, url) : parseRemote(url);
    if (remote === undefined) throw refused('its address leaves its host');
    if (remote.kind !== 'http' || parent.kind !== 'http') return remote;
    if (remote.authorization !== undefined || remote.url.origin !== parent.url.origin)
      return remote;
    return { ...remote, authorization: parent.authorization };
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw refused(error.message);
  }
}

function relative(parent: Remote, url: string): Remote | undefined {
  if (/[\x00-\x20\x7f\\]|::/.test(url)) return undefined;
  const from = parent.kind === 'http' ? parent.url.pathname : parent.path;
  const parts = from.split('/').filter((part) => part !== '');
  for (const part of url.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  if (parts.length === 0 || parts[0]?.startsWith('-') === true) return undefined;
  const path = `/${parts.join('/')}`;
  if (parent.kind === 'ssh')
    return { ...parent, path: parent.short && !from.startsWith('/') ? path.slice(1) : path };
  const to = new URL(parent.url);
  to.pathname = path;
  to.search = '';
  return { ...parent, url: to };
}
