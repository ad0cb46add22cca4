import { namedStages } from '@wharf/client';
import type { CallOptions } from '@wharf/core';
import type { Candidate } from '../../argv/index.js';
import { findDockerfile } from './dockerfile-place.js';

/** Stages of the Dockerfile that the words of the line name, for --target. */
export async function completeStages(
  words: readonly string[],
  options: CallOptions,
): Promise<readonly Candidate[]> {
  const directory = words.find((word) => /^\.{0,2}\//.test(word) || /^\.{1,2}$/.test(word)) ?? '.';
  const { text } = await findDockerfile(directory, fileOf(words), options);
  return namedStages(text).map(({ name, base }) => ({ value: name, description: `FROM ${base}` }));
}

/** What -f or --file names; a Dockerfile on standard input is nobody's. */
function fileOf(words: readonly string[]): string | undefined {
  for (const [at, word] of words.entries()) {
    const joined = /^(?:--file=|-f=?)(.+)$/s.exec(word)?.[1];
    if (joined !== undefined) return joined;
    if (word === '-f' || word === '--file') return words[at + 1];
  }
  return undefined;
}

const outputs = [
  { value: 'type=local,dest=', description: 'The files, into a directory' },
  { value: 'type=tar,dest=', description: 'The files, as an archive' },
  { value: 'type=oci,dest=', description: 'The image, as an archive' },
  { value: 'type=docker', description: 'The image, as docker load takes it' },
  { value: 'type=image', description: 'The image, kept in the daemon' },
  { value: 'type=registry', description: 'The image, pushed' },
];

/** For --output. */
export function completeOutputs(): readonly Candidate[] {
  return outputs;
}
