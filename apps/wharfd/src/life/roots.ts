import { constants } from 'node:fs';
import { chmod, mkdir, open, readFile, writeFile, type FileHandle } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { FailedPreconditionError } from '@wharf/core';
import type { Native } from '@wharf/linux/native';

const lockName = 'wharfd.lock';
const idName = 'daemon-id';

/** A data root that is ours alone for as long as this process lives. */
export interface LockedRoot {
  readonly daemonId: string;
  release(): Promise<void>;
}

/**
 * Makes the directories with the modes of R21 and takes the kernel's lock on the data root (R9: flock(2), never a pid
 * file; the pid inside is only for the message). failed-precondition names who has it.
 */
export async function lockRoots(
  native: Native,
  dataRoot: string,
  execRoot: string,
): Promise<LockedRoot> {
  await mkdir(dataRoot, { recursive: true, mode: 0o700 });
  await chmod(dataRoot, 0o700);
  await mkdir(execRoot, { recursive: true, mode: 0o711 });
  await chmod(execRoot, 0o711);
  const path = join(dataRoot, lockName);
  const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  if (!native.flock(file.fd, true)) {
    const holder = (await readFile(path, 'utf8').catch(() => '')).trim();
    await file.close();
    throw new FailedPreconditionError(
      `data root ${dataRoot} is in use by another wharfd${holder === '' ? '' : ` (${holder})`}: stop it or choose another --data-root`,
    );
  }
  await nameHolder(file);
  return { daemonId: await daemonId(dataRoot), release: () => file.close() };
}

async function nameHolder(file: FileHandle): Promise<void> {
  await file.truncate(0);
  await file.write(`pid ${process.pid}\n`, 0);
}

async function daemonId(dataRoot: string): Promise<string> {
  const path = join(dataRoot, idName);
  const known = (await readFile(path, 'utf8').catch(() => '')).trim();
  if (known !== '') return known;
  const id = randomUUID();
  await writeFile(path, `${id}\n`, { mode: 0o600, flush: true });
  return id;
}
