import { posix, resolve } from 'node:path';
import type { CallOptions } from '@wharf/core';

/** A place in a container, or without one on this machine. */
export interface CopyPath {
  readonly container: string | undefined;
  readonly path: string;
}

export interface ContainerPath {
  readonly container: string;
  readonly path: string;
}

export interface CopyOptions extends CallOptions {
  /** Keep owners. */
  readonly archive: boolean;
  readonly followLink: boolean;
  readonly quiet: boolean;
}

/**
 * Reads an argument of cp: `web:/etc`. What begins with a slash or a dot is a path here even if it has a colon, as in
 * `./a:b`.
 */
export function splitCopyPath(text: string): CopyPath {
  const colon = text.indexOf(':');
  const local = text.startsWith('/') || text.startsWith('.') || colon < 1;
  if (local) return { container: undefined, path: text };
  return { container: text.slice(0, colon), path: text.slice(colon + 1) };
}

/** Whether a path names what is in a directory and not the directory: `dir/.`, `.`, `/`. */
export function namesContents(path: string): boolean {
  return path === '.' || path.endsWith('/.') || /^\/+$/.test(path);
}

/** Whether a path can only be a directory's. */
export function assertsDirectory(path: string): boolean {
  return path.endsWith('/') || namesContents(path);
}

/** A path of this machine, absolute; what its end says of it stays. */
export function localPath(path: string): string {
  return keepEnd(path, resolve(path));
}

/** A path of a container, absolute; a relative one begins at its root. */
export function containerPath(path: string): string {
  return keepEnd(path, posix.join('/', path).replace(/(?<=.)\/+$/, ''));
}

/** The last component, without what `assertsDirectory` looks at. */
export function baseName(path: string): string {
  return posix.basename(trimEnd(path));
}

export function directoryName(path: string): string {
  return posix.dirname(trimEnd(path));
}

/** Without slashes and `/.` at its end. */
export function trimEnd(path: string): string {
  const trimmed = path.replace(/(?:\/+\.?)+$/, '');
  return trimmed === '' ? '/' : trimmed;
}

function keepEnd(given: string, absolute: string): string {
  if (absolute === '/') return absolute;
  if (given === '.' || given.endsWith('/.')) return `${absolute}/.`;
  return given.endsWith('/') ? `${absolute}/` : absolute;
}
