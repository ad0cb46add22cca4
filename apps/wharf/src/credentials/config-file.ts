import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FailedPreconditionError } from '@wharf/core';
import { checkObject } from './json-members.js';

/** The text of the config.json of a directory; undefined where there is none. */
export async function readConfigText(directory: string): Promise<string | undefined> {
  const path = join(directory, 'config.json');
  try {
    const text = await readFile(path, 'utf8');
    checkObject(text, path);
    return text;
  } catch (thrown) {
    if (thrown instanceof FailedPreconditionError) throw thrown;
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new FailedPreconditionError(`${path} cannot be read: ${code}`, { cause: thrown });
  }
}
