import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isWharfError } from '@wharf/core';
import { mediaTypes, type Descriptor, type Digest } from '@wharf/oci';
import { hashBytes } from '../../layers/layers.js';
import { cacheKey } from '../cache/key.js';
import {
  cacheMountType,
  maxCacheRecords,
  maxConfigBytes,
  type CacheTransfer,
  type TransferRecord,
} from './format.js';
import { readCacheConfig } from './read-config.js';
import { readCacheManifest } from './read-manifest.js';
import { writeCacheConfig } from './write-config.js';

const digest = (text: string): Digest => hashBytes(Buffer.from(text));
const layer = (text: string): Descriptor => ({
  mediaType: mediaTypes.ociLayerGzip,
  digest: digest(`blob ${text}`),
  size: text.length,
});

function recordOf(name: string, layers: readonly string[], value = name): TransferRecord {
  const inputs = [{ kind: 'command', name: '', value }];
  return {
    key: cacheKey(inputs),
    chainKey: cacheKey([...inputs, ...inputs]),
    kind: 'layer',
    description: `RUN ${name}`,
    result: { kind: 'layers', diffIds: layers.map(digest) },
    inputs: {
      inputs,
      variables: [
        { kind: 'ARG', name: 'A', value: '1' },
        { kind: 'ENV', name: 'B' },
      ],
    },
  };
}

const cache: CacheTransfer = {
  records: [
    recordOf('a', ['1']),
    recordOf('b', ['1', '2']),
    { ...recordOf('c', []), kind: 'tree', result: { kind: 'tree', digest: digest('tree') } },
  ],
  layers: new Map([[digest('2'), layer('2')]]),
  mounts: [{ id: '/m', blob: { ...layer('m'), mediaType: cacheMountType }, size: 7 }],
};

const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

interface Loose {
  records: Record<string, unknown>[];
  layers: Record<string, unknown>[];
  mounts: Record<string, unknown>[];
}

/** What is read of the cache above after a change of its config. */
function changed(change: (config: Loose) => void) {
  const { config, blobs } = writeCacheConfig(cache);
  const value = JSON.parse(Buffer.from(config).toString()) as Loose;
  change(value);
  return readCacheConfig(bytesOf(value), blobs);
}

describe('the config of a cache', () => {
  test('is read as it was written, whatever the order of its parts', () => {
    const { config, blobs } = writeCacheConfig(cache);
    const turned = { ...cache, records: cache.records.toReversed() };
    expect(writeCacheConfig(turned)).toEqual({ config, blobs });
    const read = readCacheConfig(config, blobs);
    const byKey = (a: TransferRecord, b: TransferRecord) => (a.key < b.key ? -1 : 1);
    expect(read).toEqual({
      ...cache,
      records: cache.records.toSorted(byKey),
      refused: 0,
    });
  });

  test('goes without inputs that are very many, and with the rest', () => {
    const value = 'x'.repeat(100_000);
    const records = [recordOf('large', [], value), recordOf('odd', [], '\ud800')];
    const { config, blobs } = writeCacheConfig({ ...cache, records });
    const read = readCacheConfig(config, blobs);
    expect(read.records.map(({ inputs }) => inputs)).toEqual([undefined, undefined]);
    const many = Array.from({ length: 500 }, (_, at) =>
      recordOf(String(at), [], 'y'.repeat(20_000 + at)),
    );
    const { config: all } = writeCacheConfig({ ...cache, records: many });
    expect(all.byteLength).toBeLessThan(maxConfigBytes);
    expect(readCacheConfig(all, blobs).records).toHaveLength(500);
  });

  test.each<[string, (record: Record<string, unknown>) => void]>([
    ['whose key is that of other inputs', (record) => (record['key'] = cacheKey([]))],
    ['whose key is none', (record) => (record['key'] = 'abc')],
    ['without a result', (record) => delete record['layers']],
    ['with a layer that is not there', (record) => (record['layers'] = [99])],
    ['with a layer of no number', (record) => (record['layers'] = ['0', null, 0.5, -1])],
    ['with too many layers', (record) => (record['layers'] = Array.from({ length: 129 }, () => 0))],
    ['of another kind', (record) => (record['kind'] = 'cache-mount')],
    ['with inputs that are no texts', (record) => (record['inputs'] = [[1, 2, 3]])],
    ['with variables of another kind', (record) => (record['variables'] = [['SECRET', 'a', 'b']])],
  ])('is read without a record %s', (_what, change) => {
    const read = changed(({ records }) => {
      const record = records.find(({ layers }) => layers !== undefined);
      if (record !== undefined) change(record);
    });
    expect([read.refused, read.records.length]).toEqual([1, 2]);
  });

  test('is refused with layers or mounts that no blob of the manifest is', () => {
    expect(() => changed(({ layers }) => layers.forEach((one) => (one['blob'] = 99)))).toThrow();
    expect(() => changed(({ layers }) => layers.forEach((one) => (one['blob'] = 1)))).toThrow();
    const { mounts, refused } = changed((config) =>
      config.mounts.forEach((one) => (one['blob'] = 0)),
    );
    expect([mounts, refused]).toEqual([[], 1]);
  });

  test('has bounds', () => {
    const many = Array.from({ length: maxCacheRecords + 1 }, () => ({}));
    expect(() =>
      readCacheConfig(bytesOf({ version: 1, layers: [], mounts: [], records: many }), []),
    ).toThrow('more than');
    expect(() => readCacheConfig(new Uint8Array(maxConfigBytes + 1), [])).toThrow('limit');
    expect(() =>
      readCacheConfig(bytesOf({ version: 2, layers: [], mounts: [], records: [] }), []),
    ).toThrow('version');
  });

  test('of any bytes is a cache or an error of ours', () => {
    const { config, blobs } = writeCacheConfig(cache);
    const texts = fc.oneof(
      fc.json().map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 200 }),
      fc
        .tuple(fc.nat(config.byteLength - 1), fc.uint8Array({ maxLength: 4 }), fc.nat(20))
        .map(([at, more, gone]) =>
          Buffer.concat([config.subarray(0, at), more, config.subarray(at + gone)]),
        ),
      fc
        .record({
          version: fc.constant(1),
          layers: fc.array(fc.object({ maxDepth: 1 }), { maxLength: 3 }),
          mounts: fc.array(fc.object({ maxDepth: 1 }), { maxLength: 3 }),
          records: fc.array(fc.object({ maxDepth: 3 }), { maxLength: 3 }),
        })
        .map(bytesOf),
    );
    fc.assert(
      fc.property(texts, (bytes) => {
        try {
          const { records } = readCacheConfig(bytes, blobs);
          for (const { key, inputs } of records)
            if (inputs !== undefined) expect(cacheKey(inputs.inputs)).toBe(key);
        } catch (error) {
          if (!isWharfError(error)) throw error;
        }
      }),
    );
  });
});

describe('the manifest of a cache', () => {
  test('of any bytes is one, an index with some, none, or an error of ours', () => {
    const types = fc.constantFrom(mediaTypes.ociManifest, mediaTypes.ociIndex, 'text/plain');
    const documents = fc.oneof(
      fc.json(),
      fc
        .record({
          schemaVersion: fc.constant(2),
          config: fc.object({ maxDepth: 1 }),
          layers: fc.array(fc.object({ maxDepth: 1 })),
          manifests: fc.array(fc.object({ maxDepth: 2 })),
        })
        .map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(documents, types, (text, type) => {
        try {
          expect(['cache', 'index', 'none']).toContain(
            readCacheManifest(Buffer.from(text), type).kind,
          );
        } catch (error) {
          if (!isWharfError(error)) throw error;
        }
      }),
    );
  });

  test('of an image is none', () => {
    const config = { mediaType: mediaTypes.ociConfig, digest: digest('config'), size: 1 };
    const image = bytesOf({ schemaVersion: 2, config, layers: [] });
    expect(readCacheManifest(image, mediaTypes.ociManifest)).toEqual({ kind: 'none' });
  });
});
