import { stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isWharfError, ResourceExhaustedError } from '@wharf/core';

const full: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT']);
/** SQLITE_FULL, and SQLITE_IOERR_SHMSIZE for the index of its log: sqlite.org/rescode.html */
const sqliteFull: ReadonlySet<unknown> = new Set([13, 4874]);
const deepest = 8;

/** Whether a failure, or what caused it, is a file system or a quota without room. */
export function isDiskFull(error: unknown): boolean {
  let at = error;
  for (let depth = 0; depth < deepest && at instanceof Error; depth++) {
    if (at instanceof SuppressedError && isDiskFull(at.error)) return true;
    if (at instanceof SuppressedError) at = at.suppressed as unknown;
    if (!(at instanceof Error)) return false;
    const { code, errcode } = at as Error & { readonly code?: unknown; readonly errcode?: unknown };
    if (full.has(code) || sqliteFull.has(errcode)) return true;
    if (isWharfError(at) && full.has(at.facts['errno'])) return true;
    at = at.cause;
  }
  return false;
}

/** The failure of `what` for want of room, which names the file system that `path` is on. */
export async function diskFull(
  what: string,
  path: string,
  cause: unknown,
): Promise<ResourceExhaustedError> {
  const mount = await mountPoint(path);
  const { bavail, blocks, bsize } = await statfs(mount);
  const text = `${what}: no space left on the file system at ${mount} (${megabytes(bavail * bsize)} of ${megabytes(blocks * bsize)} free once the attempt was cleared away): remove images that are not needed, or give it more room, and try again`;
  const facts = { path: mount, errno: 'ENOSPC', freeBytes: String(bavail * bsize) };
  return new ResourceExhaustedError(text, { cause, facts });
}

/** Where the file system of a path is mounted, as far as its device number tells. */
export async function mountPoint(path: string): Promise<string> {
  let at = resolve(path);
  const { dev } = await stat(at);
  while (at !== dirname(at) && (await stat(dirname(at))).dev === dev) at = dirname(at);
  return at;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
