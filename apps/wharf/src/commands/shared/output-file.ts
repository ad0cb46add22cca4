import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FailedPreconditionError, InvalidArgumentError, type CallOptions } from '@wharf/core';
import type { CliIo } from '../../io/io.js';

/**
 * Refuses a path to which nothing can be written, before any work is done.
 * @throws InvalidArgumentError in docker's words
 */
export async function checkOutputPath(path: string): Promise<void> {
  const directory = dirname(path);
  const parent = await stat(directory).catch(() => undefined);
  if (parent === undefined) {
    throw new InvalidArgumentError(
      `invalid output path: directory ${JSON.stringify(directory)} does not exist`,
    );
  }
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || found.isDirectory() || found.isFile()) return;
  const what = found.isCharacterDevice() || found.isBlockDevice() ? 'got a device' : 'got no file';
  throw new InvalidArgumentError(
    `invalid output path: ${JSON.stringify(path)} must be a directory or a regular file: ${what}`,
  );
}

/**
 * Sends a stream to a file, or to standard output where no file is named.
 * @throws failed-precondition when that is a terminal
 */
export async function sendTo(
  io: CliIo,
  file: string,
  open: () => AsyncIterable<Uint8Array>,
  { signal }: CallOptions,
): Promise<void> {
  if (file !== '') {
    await checkOutputPath(file);
    return writeWhole(file, open(), { signal });
  }
  if (io.stdout.isTTY) {
    throw new FailedPreconditionError(
      'cowardly refusing to save to a terminal. Use the -o flag or redirect',
    );
  }
  for await (const chunk of open()) {
    signal.throwIfAborted();
    await io.stdout.send(chunk);
  }
}

/** Written beside and renamed at the end: a file that is there stays until the new one is whole, and no half one is left. */
async function writeWhole(
  named: string,
  chunks: AsyncIterable<Uint8Array>,
  { signal }: CallOptions,
): Promise<void> {
  const path = await realpath(named).catch(() => named);
  const aside = join(dirname(path), `.${basename(path)}.${crypto.randomUUID()}.tmp`);
  try {
    {
      await using file = await open(aside, 'wx', 0o600);
      for await (const chunk of chunks) {
        signal.throwIfAborted();
        for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at)).bytesWritten;
      }
    }
    await rename(aside, path);
  } catch (thrown) {
    await rm(aside, { force: true }).catch(() => undefined);
    throw writeFailure(named, thrown);
  }
}

function writeFailure(path: string, thrown: unknown): unknown {
  const { code, syscall } = thrown as NodeJS.ErrnoException;
  if (typeof code !== 'string' || syscall === undefined) return thrown;
  return new FailedPreconditionError(`cannot write ${path}: ${code}`, { cause: thrown });
}
