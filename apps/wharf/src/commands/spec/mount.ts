import { resolve } from 'node:path';
import { InvalidArgumentError, type MountSpec } from '@wharf/core';
import { parseMemorySize } from '@wharf/oci';
import { parseBool } from '../../argv/values.js';
import { parseCsvLine } from './csv.js';
import { splitPair } from './key-values.js';
import { parseMode } from './tmpfs.js';
import { plainMount } from './volume.js';

const kinds = ['bind', 'tmpfs', 'volume', 'image'] as const;
type Kind = (typeof kinds)[number];

const bindOnly = [
  'bind-propagation',
  'bind-nonrecursive',
  'bind-recursive',
  'bind-create-src',
  'consistency',
];
const tmpfsOnly = ['tmpfs-size', 'tmpfs-mode'];

/**
 * Reads `--mount type=bind,source=/a,target=/b,readonly`, fields in any order.
 * @throws InvalidArgumentError in docker's words
 */
export function parseMount(text: string): MountSpec {
  const fields = readFields(text);
  const kind = readKind(fields.get('type') ?? 'volume');
  const target = fields.get('target') ?? '';
  if (target === '') throw new InvalidArgumentError('target is required');
  const source = readSource(kind, fields.get('source'));
  refuseFields(kind, fields, bindOnly, 'bind');
  refuseFields(kind, fields, tmpfsOnly, 'tmpfs');
  return [...fields].reduce(
    (mount, [key, value]) => withField(mount, key, value),
    plainMount(kind, source, target),
  );
}

const aliases: Readonly<Record<string, string>> = {
  src: 'source',
  dst: 'target',
  destination: 'target',
  ro: 'readonly',
};
const known = new Set(['type', 'source', 'target', 'readonly', ...bindOnly, ...tmpfsOnly]);

function readFields(text: string): Map<string, string | undefined> {
  const fields = new Map<string, string | undefined>();
  for (const field of parseCsvLine(text)) {
    const [name, value] = splitPair(field);
    const key = aliases[name.toLowerCase()] ?? name.toLowerCase();
    if (value === undefined && key !== 'readonly' && key !== 'bind-nonrecursive') {
      throw new InvalidArgumentError(`invalid field '${field}' must be a key=value pair`);
    }
    if (!known.has(key)) {
      throw new InvalidArgumentError(`unexpected key '${name}' in '${field}'`);
    }
    fields.set(key, value);
  }
  return fields;
}

function readKind(text: string): Kind {
  const kind = kinds.find((known) => known === text.toLowerCase());
  if (kind !== undefined) return kind;
  throw new InvalidArgumentError(`mount type unknown: "${text}", use bind or tmpfs`);
}

function readSource(kind: Kind, text: string | undefined): string {
  if (kind === 'tmpfs' && text !== undefined) {
    throw new InvalidArgumentError('a tmpfs mount has no source');
  }
  if (kind !== 'bind') return text ?? '';
  if (text === undefined || text === '') {
    throw new InvalidArgumentError('source is required for a bind mount');
  }
  return text.startsWith('.') ? resolve(text) : text;
}

function refuseFields(
  kind: Kind,
  fields: ReadonlyMap<string, unknown>,
  names: readonly string[],
  owner: Kind,
): void {
  const wrong = kind === owner ? undefined : names.find((name) => fields.has(name));
  if (wrong !== undefined) {
    throw new InvalidArgumentError(`cannot mix '${wrong}' with mount type '${kind}'`);
  }
}

function withField(mount: MountSpec, key: string, value: string | undefined): MountSpec {
  switch (key) {
    case 'readonly':
      return { ...mount, readOnly: readBool(key, value) };
    case 'bind-nonrecursive':
      return { ...mount, nonRecursive: readBool(key, value) };
    case 'bind-create-src':
      return { ...mount, createSource: readBool(key, value) };
    case 'bind-recursive':
      return { ...mount, nonRecursive: !readRecursive(value ?? '') };
    case 'bind-propagation':
      return { ...mount, propagation: readPropagation(value ?? '') };
    case 'tmpfs-size':
      return { ...mount, tmpfsSize: BigInt(parseMemorySize(value ?? '')) };
    case 'tmpfs-mode':
      return { ...mount, tmpfsMode: parseMode(value ?? '') };
    default:
      return mount;
  }
}

function readBool(key: string, text: string | undefined): boolean {
  const value = text === undefined ? true : parseBool(text);
  if (value === undefined) throw new InvalidArgumentError(`invalid value for ${key}: ${text}`);
  return value;
}

function readRecursive(text: string): boolean {
  if (text === 'enabled' || parseBool(text) === true) return true;
  if (text === 'disabled' || parseBool(text) === false) return false;
  throw new InvalidArgumentError(
    `invalid value for bind-recursive: ${text} (must be "enabled" or "disabled")`,
  );
}

const propagations = ['shared', 'rshared', 'slave', 'rslave', 'private', 'rprivate'];

function readPropagation(text: string): string {
  if (propagations.includes(text)) return text;
  throw new InvalidArgumentError(
    `invalid propagation: ${text} (one of ${propagations.join(', ')})`,
  );
}
