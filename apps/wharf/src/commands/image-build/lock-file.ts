import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { FailedPreconditionError, InvalidArgumentError, type CallOptions } from '@wharf/core';
import { reasonOf } from '../shared/input-file.js';

export interface LockFlags {
  readonly lock: boolean;
  readonly locked: boolean;
  readonly pull: boolean;
}

/**
 * The text of the lock file for a build; undefined when there is none or all is to be looked up again.
 * @throws failed-precondition when --locked needs one
 */
export async function readLock(
  path: string | undefined,
  { lock, locked, pull }: LockFlags,
  { signal }: CallOptions,
): Promise<string | undefined> {
  if (lock && locked) throw new InvalidArgumentError('--lock and --locked exclude each other');
  if (path === undefined) {
    if (!lock && !locked) return undefined;
    const flag = lock ? '--lock' : '--locked';
    throw new InvalidArgumentError(
      `${flag} is about the file beside a Dockerfile of this machine: build a directory`,
    );
  }
  if (lock && pull) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    signal.throwIfAborted();
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !locked) return undefined;
    const why = reasonOf(thrown as NodeJS.ErrnoException);
    throw new FailedPreconditionError(
      `open ${path}: ${why}: write it with \`wharf build --lock\``,
      {
        cause: thrown,
      },
    );
  }
}

/** Keeps what a build has used. */
export async function writeLock(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((cause: NodeJS.ErrnoException) => {
    throw new FailedPreconditionError(`cannot write ${path}: ${reasonOf(cause)}`, { cause });
  });
}
