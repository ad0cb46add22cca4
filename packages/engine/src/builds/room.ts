import { statfs } from 'node:fs/promises';
import { isWharfError, ResourceExhaustedError } from '@wharf/core';
import { diskFull, isDiskFull, mountPoint } from '../disk/full.js';

/** With less a process that writes has most likely failed for want of it. Bytes. */
const little = 1024 * 1024;

/** Names the file system of the builds where a failure is for want of room, and keeps what else is known of it. */
export async function namingDisk(root: string, error: unknown): Promise<unknown> {
  if (!isDiskFull(error) || isNamed(error)) return error;
  const { message, facts: known } = await diskFull('the build', root, error);
  const facts = { ...(isWharfError(error) ? error.facts : {}), ...known };
  return new ResourceExhaustedError(message, { cause: error, facts });
}

function isNamed(error: unknown): boolean {
  return isWharfError(error) && error.facts['freeBytes'] !== undefined;
}

/** Work whose failures name the file system. */
export async function orNameDisk<T>(root: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await namingDisk(root, error);
  }
}

/** Where the file system of a path is mounted, if it has no room. */
export async function fullFileSystem(path: string): Promise<string | undefined> {
  const { bfree, bsize } = await statfs(path);
  return bfree * bsize < little ? await mountPoint(path) : undefined;
}
