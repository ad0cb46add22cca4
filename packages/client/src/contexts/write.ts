import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FailedPreconditionError } from '@wharf/core';

/** Removes a folder with what is in it, if it is there. */
export async function removeFolder(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new FailedPreconditionError(`cannot remove ${path}: ${code}`, { cause });
  }
}

/**
 * Writes a file for its owner's eyes alone, beside and renamed: a reader sees the old one or the new one. One that is not `lasting`
 * may be empty or broken after a power cut.
 */
export async function writePrivate(
  path: string,
  text: string | Uint8Array,
  { lasting = true }: { readonly lasting?: boolean } = {},
): Promise<void> {
  const aside = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(aside, text, { mode: 0o600, flag: 'wx', flush: lasting });
    await rename(aside, path);
  } catch (cause) {
    await rm(aside, { force: true }).catch(() => undefined);
    const { code } = cause as NodeJS.ErrnoException;
    throw new FailedPreconditionError(`cannot write ${path}: ${code}`, { cause });
  }
}
