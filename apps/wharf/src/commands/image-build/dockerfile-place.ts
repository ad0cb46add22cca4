import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FailedPreconditionError, type CallOptions } from '@wharf/core';
import { readText } from '../spec/text-files.js';

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
    return { path, text: await readText(path, options) };
  }
  throw await missing(directory, given);
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
