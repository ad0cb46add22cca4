import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FailedPreconditionError, isWharfError, type CallOptions } from '@wharf/core';
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
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() === true && given !== undefined) {
      throw new FailedPreconditionError(
        `the Dockerfile ${path} is a directory: name the file with -f`,
      );
    }
    if (found === undefined || found.isDirectory()) continue;
    // A pipe that somebody names is meant; one that a context has would be waited for without end.
    if (given === undefined && !found.isFile())
      throw new FailedPreconditionError(`the Dockerfile ${path} is no file: name one with -f`);
    return { path, text: await readDockerfile(path, options) };
  }
  throw await missing(directory, given);
}

async function readDockerfile(path: string, options: CallOptions): Promise<string> {
  try {
    return await wholeText(path, createReadStream(path), options);
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
