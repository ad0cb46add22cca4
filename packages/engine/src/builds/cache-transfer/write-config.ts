import {
  jsonObject,
  serialiseJson,
  type Descriptor,
  type Digest,
  type JsonValue,
} from '@wharf/oci';
import type { StoredInputs } from '../cache/stored-inputs.js';
import { maxConfigBytes, type CacheTransfer, type TransferRecord } from './format.js';

export interface WrittenCache {
  readonly config: Uint8Array;
  /** In the order by which the config names them. */
  readonly blobs: readonly Descriptor[];
}

/** Inputs of a record that are larger stay behind: they are for explanations alone. */
const maxInputBytes = 64 * 1024;

/** The config of a cache; the same cache gives the same bytes. Inputs go without when all would be too much. */
export function writeCacheConfig(cache: CacheTransfer): WrittenCache {
  const whole = write(cache, maxInputBytes);
  return whole.config.byteLength <= maxConfigBytes ? whole : write(cache, 0);
}

function write({ records, layers, mounts }: CacheTransfer, inputBytes: number): WrittenCache {
  const blobs: Descriptor[] = [];
  const places = new Map<Digest, number>();
  const placeOf = (blob: Descriptor): number => {
    const known = places.get(blob.digest);
    if (known !== undefined) return known;
    places.set(blob.digest, blobs.length);
    blobs.push(blob);
    return blobs.length - 1;
  };
  const ordered = [...records].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const diffs = new Map<Digest, number>();
  const table: JsonValue[] = [];
  const indexOf = (diffId: Digest): number => {
    const known = diffs.get(diffId);
    if (known !== undefined) return known;
    const blob = layers.get(diffId);
    diffs.set(diffId, table.length);
    table.push(
      jsonObject([
        ['diffId', diffId],
        ['blob', blob && placeOf(blob)],
      ]),
    );
    return table.length - 1;
  };
  const told = ordered.map((record) => recordOf(record, indexOf, inputBytes));
  const kept = [...mounts].sort((a, b) => (a.id < b.id ? -1 : 1));
  const config = jsonObject([
    ['version', 1],
    ['layers', table],
    ['records', told],
    [
      'mounts',
      kept.map(({ id, blob, size }) =>
        jsonObject([
          ['id', id],
          ['blob', placeOf(blob)],
          ['size', size],
        ]),
      ),
    ],
  ]);
  return { config: serialiseJson(config), blobs };
}

function recordOf(
  { key, chainKey, kind, description, result, inputs }: TransferRecord,
  indexOf: (diffId: Digest) => number,
  inputBytes: number,
): JsonValue {
  const stored = inputs === undefined ? undefined : inputsOf(inputs, inputBytes);
  return jsonObject([
    ['key', key],
    ['chainKey', chainKey],
    ['kind', kind],
    ['description', description.toWellFormed().replaceAll('\0', '')],
    ['layers', result.kind === 'layers' ? result.diffIds.map(indexOf) : undefined],
    ['tree', result.kind === 'tree' ? result.digest : undefined],
    ...(stored ?? []),
  ]);
}

/** Text that JSON cannot hold stays behind too. */
function inputsOf(
  { inputs, variables }: StoredInputs,
  maxBytes: number,
): readonly (readonly [string, JsonValue])[] | undefined {
  const texts = [
    ...inputs.flatMap(({ kind, name, value }) => [kind, name, value]),
    ...variables.flatMap(({ name, value = '' }) => [name, value]),
  ];
  const bytes = texts.reduce((sum, text) => sum + text.length, 0);
  if (bytes > maxBytes || !texts.every((text) => text.isWellFormed())) return undefined;
  return [
    ['inputs', inputs.map(({ kind, name, value }) => [kind, name, value])],
    ['variables', variables.map(({ kind, name, value }) => [kind, name, value ?? null])],
  ];
}
