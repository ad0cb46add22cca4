import { InvalidArgumentError } from '@wharf/core';
import { parseCsvLine } from './csv.js';
import { splitPair } from './key-values.js';

/** One field of a --mount, its key in the one spelling. */
export interface MountField {
  readonly key: string;
  /** Undefined when the key stands alone. */
  readonly value: string | undefined;
}

const aliases: Readonly<Record<string, string>> = {
  src: 'source',
  dst: 'target',
  destination: 'target',
  ro: 'readonly',
};

/** Those that need no value. */
const switches = new Set([
  'readonly',
  'bind-nonrecursive',
  'bind-create-src',
  'volume-nocopy',
  'chown',
]);

const known = new Set([
  ...switches,
  'type',
  'source',
  'target',
  'consistency',
  'bind-propagation',
  'bind-recursive',
  'volume-subpath',
  'volume-label',
  'volume-driver',
  'volume-opt',
  'image-subpath',
  'tmpfs-size',
  'tmpfs-mode',
  'exclude',
  'uid',
  'gid',
  'mode',
  'idmap',
]);

/** @throws InvalidArgumentError for a field that no mount has */
export function readFields(text: string): MountField[] {
  return parseCsvLine(text).map((field) => {
    const [name, value] = splitPair(field);
    const lower = name.trim().toLowerCase();
    const key = Object.hasOwn(aliases, lower) ? (aliases[lower] ?? lower) : lower;
    if (value === undefined && !switches.has(key)) {
      throw new InvalidArgumentError(`invalid field '${field}' must be a key=value pair`);
    }
    if (!known.has(key)) {
      throw new InvalidArgumentError(`unexpected key '${name}' in '${field}'`);
    }
    return { key, value };
  });
}
