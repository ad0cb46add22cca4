import { mkdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FailedPreconditionError } from '@wharf/core';
import { readConfigText } from './config-file.js';
import { checkObject, membersOf, objectOf } from './json-members.js';

/**
 * Sets (or, with undefined, removes) the entries of `auths` for these servers; everything else in the file stays as it
 * is written. The file is replaced at once and is its owner's alone (0600).
 */
export async function changeAuths(
  directory: string,
  entries: ReadonlyMap<string, object | undefined>,
): Promise<void> {
  const text = (await readConfigText(directory)) ?? '{}';
  const members = membersOf(text);
  const path = join(directory, 'config.json');
  const before = members.get('auths') ?? '{}';
  if (before !== 'null') checkObject(before, `auths in ${path}`);
  const auths = membersOf(before === 'null' ? '{}' : before);
  for (const [server, entry] of entries) {
    if (entry === undefined) auths.delete(server);
    else auths.set(server, JSON.stringify(entry, undefined, '\t').replaceAll('\n', '\n\t\t'));
  }
  if (auths.size === 0 && !members.has('auths')) return;
  members.set('auths', objectOf(auths, 1));
  await replaceFile(path, `${objectOf(members)}\n`);
}

/** Written beside and renamed: a reader sees the old one or the new one. A link to the file stays one. */
async function replaceFile(named: string, text: string): Promise<void> {
  const path = await realpath(named).catch(() => named);
  const aside = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(aside, text, { mode: 0o600, flag: 'wx', flush: true });
    await rename(aside, path);
  } catch (cause) {
    await rm(aside, { force: true }).catch(() => undefined);
    const { code } = cause as NodeJS.ErrnoException;
    throw new FailedPreconditionError(`cannot write ${path}: ${code}`, { cause });
  }
}
