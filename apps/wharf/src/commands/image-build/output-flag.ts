import type { BuildOutput } from '@wharf/core';
import { Fields } from './fields.js';
import { imageNames } from './image-names.js';

/** Where the bytes of an output go. */
export type OutputPlace =
  | { readonly kind: 'directory'; readonly path: string }
  /** A cache: what the directory had of an earlier one goes. */
  | { readonly kind: 'layout'; readonly path: string; readonly ignoreError: boolean }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'stdout' };

/** An output of a build; those without a place send no bytes. */
export interface PlacedOutput {
  readonly output: BuildOutput;
  readonly place?: OutputPlace;
}

const types = ['local', 'tar', 'oci', 'docker', 'image', 'registry'] as const;
const compressions = ['gzip', 'zstd', 'none', 'uncompressed'] as const;

/**
 * Reads `--output type=…,…`, or `DIR` and `-` for the files in a directory and in a tar on standard output.
 * @param tags those of -t; `name=` comes instead of them
 * @throws InvalidArgumentError
 */
export function parseOutput(text: string, tags: readonly string[]): PlacedOutput {
  if (text === '-') return { output: { kind: 'files' }, place: { kind: 'stdout' } };
  const fields = new Fields('--output', text);
  const type = fields.findOneOf('type', types);
  if (type === undefined) return plainDirectory(text, fields);
  const [word] = fields.words;
  if (word !== undefined) throw fields.refuse(`${JSON.stringify(word)} is no KEY=VALUE`);
  const placed = ofType(type, fields, tags);
  fields.finish();
  return placed;
}

function plainDirectory(text: string, fields: Fields): PlacedOutput {
  if (fields.words.length !== 1 || fields.words[0] !== text || text === '') {
    throw fields.refuse(`type is missing: one of ${types.join(', ')}`);
  }
  return { output: { kind: 'files' }, place: { kind: 'directory', path: text } };
}

function ofType(
  type: (typeof types)[number],
  fields: Fields,
  tags: readonly string[],
): PlacedOutput {
  const dest = fields.take('dest', 'destination');
  switch (type) {
    case 'local':
      if (dest === undefined) throw fields.refuse('dest is missing: the directory for the files');
      if (dest === '-')
        throw fields.refuse('dest is a directory: use type=tar for standard output');
      return { output: { kind: 'files' }, place: { kind: 'directory', path: dest } };
    case 'tar':
      return { output: { kind: 'files' }, place: filePlace(dest ?? '-') };
    case 'oci':
      return archive('oci', dest ?? '-', fields, tags);
    case 'docker':
      return dest === undefined
        ? image(fields, tags, false)
        : archive('docker', dest, fields, tags);
    case 'image':
      return withoutPlace(dest, fields, () => image(fields, tags, false));
    case 'registry':
      return withoutPlace(dest, fields, () => image(fields, tags, true));
  }
}

function withoutPlace(
  dest: string | undefined,
  fields: Fields,
  make: () => PlacedOutput,
): PlacedOutput {
  if (dest !== undefined) throw fields.refuse('an image has no dest: use type=oci or type=docker');
  return make();
}

function image(fields: Fields, tags: readonly string[], push: boolean): PlacedOutput {
  const names = namesOf(fields, tags);
  const output: BuildOutput = {
    kind: 'image',
    names,
    push: fields.takeBool('push', push),
    store: fields.takeBool('store', true),
    compression: compressionOf(fields),
    forceCompression: fields.takeBool('force-compression', false),
  };
  fields.take('oci-mediatypes');
  if (output.push && names.length === 0)
    throw fields.refuse('to push it needs a name: add -t NAME');
  if (!output.push && !output.store) throw fields.refuse('it is neither stored nor pushed');
  return { output };
}

function archive(
  kind: 'oci' | 'docker',
  dest: string,
  fields: Fields,
  tags: readonly string[],
): PlacedOutput {
  const tar = fields.takeBool('tar', true);
  fields.take('oci-mediatypes');
  const output: BuildOutput = {
    kind,
    names: namesOf(fields, tags),
    compression: compressionOf(fields),
  };
  if (tar) return { output, place: filePlace(dest) };
  if (dest === '-') throw fields.refuse('tar=false needs dest: the directory for the layout');
  return { output, place: { kind: 'directory', path: dest } };
}

function filePlace(dest: string): OutputPlace {
  return dest === '-' ? { kind: 'stdout' } : { kind: 'file', path: dest };
}

function namesOf(fields: Fields, tags: readonly string[]): readonly string[] {
  const name = fields.take('name');
  return name === undefined || name === '' ? tags : imageNames(name.split(','));
}

function compressionOf(fields: Fields): 'none' | 'gzip' | 'zstd' {
  const chosen = fields.takeOneOf('compression', compressions, 'gzip');
  return chosen === 'uncompressed' ? 'none' : chosen;
}
