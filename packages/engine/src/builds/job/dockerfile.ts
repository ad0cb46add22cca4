import { setImmediate } from 'node:timers/promises';
import { isWharfError, NotFoundError, type CallOptions } from '@wharf/core';
import {
  includeInTurns,
  parseInTurns,
  toDockerfile,
  toInstructionsInTurns,
  type Dockerfile,
  type Source,
} from '@wharf/dockerfile';
import { inTurns } from '../../concurrency/pace.js';
import type { TreePort } from '../ports.js';
import { readTreeFile } from '../trees/read.js';

/** Of a Dockerfile or an included file. */
const maxBytes = 4 * 1024 * 1024;

export interface ReadDockerfile {
  readonly file: Dockerfile;
  /** By name: the file itself and those that it includes. */
  readonly sources: ReadonlyMap<string, Source>;
}

export interface DockerfileRequest {
  readonly tree: string;
  readonly path: string;
  /** The text itself, when it is not in the tree. */
  readonly text?: string;
}

/** The first two stages. @throws DockerfileError, not-found without a Dockerfile */
export async function readDockerfile(
  trees: Pick<TreePort, 'read'>,
  { tree, path, text }: DockerfileRequest,
  options: CallOptions,
): Promise<ReadDockerfile> {
  const read = async (file: string): Promise<string> =>
    Buffer.from(
      await readTreeFile(trees, { tree, path: file, limit: maxBytes }, options),
    ).toString();
  const main = text ?? (await read(path).catch(sayDockerfile(path)));
  const files = new Map<string, string>();
  await setImmediate();
  const ast = await inTurns(parseInTurns(main, path), options);
  const listing = await inTurns(toInstructionsInTurns(ast), options);
  for (;;) {
    await setImmediate();
    const included = await inTurns(includeInTurns(listing, files, path), options);
    if (included.kind === 'done') {
      const file = toDockerfile(included.listing);
      return { file, sources: sourcesOf(file) };
    }
    for (const name of included.files) files.set(name, await read(name));
  }
}

function sayDockerfile(path: string): (error: unknown) => never {
  return (error) => {
    if (!isWharfError(error) || error.code !== 'not-found') throw error;
    throw new NotFoundError('Dockerfile in the build context', path, {
      cause: error,
      facts: { suggestion: 'name another one by --file' },
    });
  };
}

function sourcesOf(file: Dockerfile): ReadonlyMap<string, Source> {
  const all = [
    file.source,
    ...file.globalArgs.map(({ source }) => source),
    ...file.stages.flatMap(({ from, instructions }) => [
      from.source,
      ...instructions.map(({ source }) => source),
    ]),
  ];
  return new Map(all.map((source) => [source.name, source]));
}
