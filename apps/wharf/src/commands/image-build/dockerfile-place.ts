import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FailedPreconditionError, isWharfError, type CallOptions } from '@wharf/core';
import { statOf } from './stat-of.js';
import { wholeText } from './whole-text.js';

/** The Dockerfile of a context that is a directory. */
export interface DockerfilePlace {
  /** As it is opened. */
  readonly path: string;
  readonly text: string;
}

const usual = ['Dockerfile', 'dockerfile'];

/**
 * Finds and reads the Dockerfile: what -f names from the working directory or, failing that, from the context.
 * @throws failed-precondition that says where it was looked for
 */
export async function findDockerfile(
  directory: string,
  given: string | undefined,
  options: CallOptions,
): Promise<DockerfilePlace> {
  const candidates =
    given === undefined
      ? usual.map((name) => join(directory, name))
      : [given, join(directory, given)];
  for (const path of candidates) {
    const found = statOf(path);
    if (found?.isDirectory() === true && given !== undefined) {
      throw new FailedPreconditionError(
        `the Dockerfile ${path} is a directory: name the file with -f`,
      );
    }
    if (found === undefined || found.isDirectory()) continue;
    // A pipe that somebody names is meant; one that a context has would be waited for without end.
    if (given === undefined && !found.isFile())
      throw new FailedPreconditionError(`the Dockerfile ${path} is no file: name one with -f`);
    const pieces = found.isFile() ? piecesOf(path) : createReadStream(path);
    return { path, text: await readDockerfile(path, pieces, options) };
  }
  throw await missing(directory, given);
}

const pieceBytes = 64 * 1024;

/** It is small: threads and streams would take longer to come up than to read it. */
function* piecesOf(path: string): Generator<Uint8Array> {
  const fd = openSync(path, 'r');
  try {
    for (;;) {
      const piece = Buffer.allocUnsafe(pieceBytes);
      const size = readSync(fd, piece);
      if (size === 0) return;
      yield piece.subarray(0, size);
    }
  } finally {
    closeSync(fd);
  }
}

async function readDockerfile(
  path: string,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: CallOptions,
): Promise<string> {
  try {
    return await wholeText(path, pieces, options);
  } catch (cause) {
    if (isWharfError(cause) || options.signal.aborted) throw cause;
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new FailedPreconditionError(`open ${path}: ${why}`, { cause });
  }
}

async function missing(
  directory: string,
  given: string | undefined,
): Promise<FailedPreconditionError> {
  if (given !== undefined) {
    return new FailedPreconditionError(
      `failed to read dockerfile: open ${given}: no such file or directory: name it from here or from ${directory}`,
    );
  }
  const other = join(directory, 'Containerfile');
  const there = await readFile(other).then(
    () => true,
    () => false,
  );
  const remedy = there
    ? `there is a Containerfile: use -f ${other}`
    : 'write one, or name another file with -f, or another directory';
  return new FailedPreconditionError(
    `failed to read dockerfile: open ${join(directory, 'Dockerfile')}: no such file or directory: ${remedy}`,
  );
}
