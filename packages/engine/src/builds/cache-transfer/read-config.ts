import {
  Fields,
  isLayerType,
  maxLayers,
  maxProseLength,
  parseDigest,
  parseJson,
  type Descriptor,
  type Digest,
  type JsonValue,
} from '@wharf/oci';
import { cacheKey } from '../cache/key.js';
import type { StoredInputs } from '../cache/stored-inputs.js';
import type { OpResult } from '../executor.js';
import {
  cacheMountType,
  maxCacheMounts,
  maxCacheRecords,
  maxConfigBytes,
  type CacheTransfer,
  type TransferMount,
  type TransferRecord,
} from './format.js';

export interface ReadCache extends CacheTransfer {
  /** Records that are not what they should be, and were left out. */
  readonly refused: number;
}

const maxValues = 2_000_000;
const maxIdLength = 4096;
const kinds = ['layer', 'tree', 'image'] as const;

/**
 * Reads the config of a cache that others have made. A record that is malformed, or whose key is not that of its inputs, is left out.
 * @param blobs of the manifest, in its order
 * @throws InvalidArgumentError, ResourceExhaustedError for a config that is none
 */
export function readCacheConfig(bytes: Uint8Array, blobs: readonly Descriptor[]): ReadCache {
  const fields = new Fields(
    'build cache',
    parseJson(bytes, { maxBytes: maxConfigBytes, maxValues }),
  );
  if (fields.requiredCount('version') !== 1) throw fields.fail('version', 'is not known here');
  const diffs = listOf(fields, 'layers', maxCacheRecords).map((value, at) =>
    readDiff(fields.child(`layers[${at}]`, value), blobs),
  );
  const layers = new Map<Digest, Descriptor>();
  for (const { diffId, blob } of diffs) if (blob !== undefined) layers.set(diffId, blob);
  let refused = 0;
  const each = <T>(key: string, max: number, read: (item: Fields) => T): readonly T[] =>
    listOf(fields, key, max).flatMap((value, at) => {
      try {
        return [read(fields.child(`${key}[${at}]`, value))];
      } catch {
        refused += 1;
        return [];
      }
    });
  const records = each('records', maxCacheRecords, (item) => readRecord(item, diffs));
  const mounts = each('mounts', maxCacheMounts, (item) => readMount(item, blobs));
  return { records, layers, mounts, refused };
}

interface Diff {
  readonly diffId: Digest;
  readonly blob?: Descriptor;
}

function readDiff(fields: Fields, blobs: readonly Descriptor[]): Diff {
  const diffId = digestOf(fields, 'diffId');
  const at = fields.count('blob');
  if (at === undefined) return { diffId };
  const blob = blobs[at];
  if (blob === undefined || !isLayerType(blob.mediaType))
    throw fields.fail('blob', 'is no layer of the manifest');
  return { diffId, blob };
}

function readRecord(fields: Fields, diffs: readonly Diff[]): TransferRecord {
  const key = keyOf(fields, 'key') ?? missing(fields, 'key');
  const chainKey = keyOf(fields, 'chainKey');
  const kind = fields.requiredString('kind', maxIdLength);
  const known = kinds.find((one) => one === kind);
  if (known === undefined) throw fields.fail('kind', 'is not known');
  const inputs = readInputs(fields);
  if (inputs !== undefined && cacheKey(inputs.inputs) !== key)
    throw fields.fail('key', 'is not that of the inputs');
  return {
    key,
    ...(chainKey === undefined ? {} : { chainKey }),
    kind: known,
    description: fields.string('description', maxProseLength) ?? '',
    result: readResult(fields, diffs),
    ...(inputs === undefined ? {} : { inputs }),
  };
}

function readResult(fields: Fields, diffs: readonly Diff[]): OpResult {
  if (fields.has('tree')) return { kind: 'tree', digest: digestOf(fields, 'tree') };
  const diffIds = listOf(fields, 'layers', maxLayers).map((value) => {
    const diff = typeof value === 'number' ? diffs[value] : undefined;
    return diff?.diffId ?? missing(fields, 'layers');
  });
  return { kind: 'layers', diffIds };
}

function readMount(fields: Fields, blobs: readonly Descriptor[]): TransferMount {
  const blob = blobs[fields.requiredCount('blob')];
  if (blob === undefined || blob.mediaType !== cacheMountType)
    throw fields.fail('blob', 'is no cache mount of the manifest');
  const id = fields.requiredString('id', maxIdLength);
  return { id, blob, size: fields.requiredCount('size') };
}

function readInputs(fields: Fields): StoredInputs | undefined {
  if (!fields.has('inputs')) return undefined;
  const inputs = listOf(fields, 'inputs', maxValues).map((item) => {
    const [kind, name, value] = textsOf(fields, item);
    return { kind: text(fields, kind), name: text(fields, name), value: text(fields, value) };
  });
  const variables = (fields.has('variables') ? listOf(fields, 'variables', maxValues) : []).map(
    (item) => {
      const [kind, name, value] = textsOf(fields, item);
      if (kind !== 'ARG' && kind !== 'ENV') throw fields.fail('variables', 'have another kind');
      const said = value === null ? {} : { value: text(fields, value) };
      return { kind, name: text(fields, name), ...said } as const;
    },
  );
  return { inputs, variables };
}

function textsOf(fields: Fields, value: JsonValue): readonly JsonValue[] {
  if (Array.isArray(value) && value.length === 3) return value as readonly JsonValue[];
  throw fields.fail('inputs', 'must be lists of three');
}

function text(fields: Fields, value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  throw fields.fail('inputs', 'must be texts');
}

function listOf(fields: Fields, key: string, max: number): readonly JsonValue[] {
  const value = fields.object.get(key) ?? null;
  if (!Array.isArray(value)) throw fields.fail(key, 'must be a list');
  if (value.length > max) throw fields.fail(key, `has more than ${max} entries`);
  return value as readonly JsonValue[];
}

function digestOf(fields: Fields, key: string): Digest {
  return fields.parsed(key, fields.requiredString(key, 256), parseDigest);
}

function keyOf(fields: Fields, key: string): string | undefined {
  const found = fields.string(key, 64);
  if (found !== undefined && !/^[0-9a-f]{64}$/.test(found))
    throw fields.fail(key, 'must be 64 hexadecimal digits');
  return found;
}

function missing(fields: Fields, key: string): never {
  throw fields.fail(key, 'is missing or names what is not there');
}
