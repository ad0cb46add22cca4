import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FailedPreconditionError } from '@wharf/core';
import { checkObject } from './json-members.js';

/** The text of the config.json of a directory; undefined where there is none. It is small: a thread for it would take longer. */
export async function readConfigText(directory: string): Promise<string | undefined> {
  const path = join(directory, 'config.json');
  try {
    const text = readFileSync(path, 'utf8');
    checkObject(text, path);
    return text;
  } catch (thrown) {
    if (thrown instanceof FailedPreconditionError) throw thrown;
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new FailedPreconditionError(`${path} cannot be read: ${code}`, { cause: thrown });
  }
}
