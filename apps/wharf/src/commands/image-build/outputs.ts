import { InvalidArgumentError } from '@wharf/core';
import { parseOutput, type PlacedOutput } from './output-flag.js';

export interface OutputFlags {
  readonly output: readonly string[];
  readonly push: boolean;
  readonly load: boolean;
}

/**
 * The outputs of a build: those of --output, what --push and --load say in short, else an image in the store.
 * @param tags with their tags
 * @throws InvalidArgumentError when they exclude each other
 */
export function outputsOf(
  { output, push, load }: OutputFlags,
  tags: readonly string[],
): readonly PlacedOutput[] {
  const given = output.map((text) => parseOutput(text, tags));
  if (given.filter(({ place }) => place?.kind === 'stdout').length > 1) {
    throw new InvalidArgumentError(
      'only one --output can go to standard output: give the others a dest',
    );
  }
  if (given.some(({ output: one }) => one.kind === 'image')) return pushed(given, push);
  if (given.length > 0 && !push && !load) return given;
  if (push && tags.length === 0) {
    throw new InvalidArgumentError('--push needs a name for the image: add -t NAME');
  }
  return [...given, storedImage(tags, push)];
}

function pushed(given: readonly PlacedOutput[], push: boolean): readonly PlacedOutput[] {
  if (!push) return given;
  return given.map((one) =>
    one.output.kind === 'image' ? { output: { ...one.output, push: true } } : one,
  );
}

function storedImage(names: readonly string[], push: boolean): PlacedOutput {
  return {
    output: {
      kind: 'image',
      names,
      push,
      store: true,
      compression: 'gzip',
      forceCompression: false,
    },
  };
}
