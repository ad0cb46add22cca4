import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DataLossError, NotFoundError, UnavailableError } from '@wharf/core';
import { chainIds, mediaTypes, type Digest } from '@wharf/oci';
import type { RegistryPort } from '../../images/ports.js';
import { hashBytes, type Layers, type LayerSource } from '../../layers/layers.js';
import { openHarbour, type Harbour } from '../../images/testing/harbour.js';
import { cacheKey } from '../cache/key.js';
import { memoryTrees } from '../testing/memory-trees.js';
import { composeCache } from './compose.js';
import { cacheMountType, type CacheTransfer } from './format.js';
import { importCaches } from './import.js';
import { StaleResult, type ImportedCache } from './imported-cache.js';

const signal = AbortSignal.timeout(10_000);
const report = { progress: () => undefined };
const plain = (text: string): Digest => hashBytes(Buffer.from(text));

/** A registry with one cache: a layer for each text, which is its own content. */
async function bench(harbour: Harbour, texts: readonly string[], carried = texts) {
  const blobs = new Map<Digest, Uint8Array>();
  const put = (bytes: Uint8Array): Digest => {
    const digest = hashBytes(bytes);
    blobs.set(digest, bytes);
    return digest;
  };
  const descriptor = (text: string, mediaType: string, bytes: Uint8Array = Buffer.from(text)) => ({
    mediaType,
    digest: put(bytes),
    size: bytes.byteLength,
  });
  const inputs = [{ kind: 'command', name: '', value: 'make' }];
  const diffIds = texts.map(plain);
  const cache: CacheTransfer = {
    records: [
      {
        ...{ key: cacheKey(inputs), chainKey: 'c'.repeat(64), kind: 'layer', description: 'RUN' },
        result: { kind: 'layers', diffIds },
      },
    ],
    layers: new Map(carried.map((text) => [plain(text), descriptor(text, mediaTypes.ociLayer)])),
    mounts: [
      { id: 'm', blob: descriptor('m', cacheMountType, gzipSync('mount')), size: 5 },
      { id: 'bomb', blob: descriptor('b', cacheMountType, gzipSync('more than said')), size: 5 },
    ],
  };
  const { content } = harbour.deps;
  const hold = () => Promise.resolve();
  const composed = await composeCache({ content }, cache, { hold, signal });
  const [config] = composed.blobs;
  if (config !== undefined) {
    put(await content.read(config.digest, 1 << 20));
    await content.remove(config.digest);
  }
  put(composed.manifest);
  const asked: Digest[] = [];
  const registry = {
    resolve: () => Promise.resolve(composed.descriptor),
    fetchDocument(_, { digest }) {
      const bytes = blobs.get(digest);
      return bytes === undefined
        ? Promise.reject(new NotFoundError('blob', digest))
        : Promise.resolve(bytes);
    },
    async *fetchBlob(_, { digest }, offset) {
      await Promise.resolve();
      asked.push(digest);
      const bytes = blobs.get(digest);
      if (bytes === undefined) throw new NotFoundError('blob', digest);
      yield bytes.subarray(offset);
    },
  } satisfies RegistryPort as RegistryPort;
  const committed = new Map<Digest, string>();
  const layers: Pick<Layers, 'find' | 'commit'> = {
    find: (id) => (committed.has(id) ? ({} as ReturnType<Layers['find']>) : undefined),
    async commit(parent, { diffId, blob }: LayerSource) {
      const bytes = await content.read(blob, 1 << 20);
      if (hashBytes(bytes) !== diffId) throw new DataLossError('another diff id');
      const chain = parent === undefined ? diffId : hashBytes(Buffer.from(`${parent} ${diffId}`));
      committed.set(chain, Buffer.from(bytes).toString());
      return {} as Awaited<ReturnType<Layers['commit']>>;
    },
  };
  const filled: string[] = [];
  const warnings: string[] = [];
  const open = (change: Partial<RegistryPort> = {}): Promise<ImportedCache> =>
    importCaches(
      {
        ...{ content, layers, registry: { ...registry, ...change }, downloads: 2 },
        trees: memoryTrees(),
        cacheMounts: {
          async fill(_directory, archive) {
            const parts: Uint8Array[] = [];
            for await (const part of archive) parts.push(part);
            filled.push(Buffer.concat(parts).toString());
          },
        },
      },
      {
        cacheFrom: [
          { kind: 'registry', reference: 'localhost:5000/cache', mode: 'min', ignoreError: false },
        ],
        ...{ credentials: new Map(), hold, warn: (text) => void warnings.push(text) },
        inStep: (_name, work) => work(),
      },
      { signal },
    );
  const key = cacheKey(inputs);
  return { ...{ open, blobs, diffIds, key, asked, committed, warnings, filled } };
}

describe('an imported cache', () => {
  test('gives records at once, and layers when they are asked for', async () => {
    await using harbour = await openHarbour();
    const { open, diffIds, key, asked, committed, warnings } = await bench(harbour, ['1', '2']);
    const cache = await open();
    expect(cache.find(key)).toMatchObject({ result: { kind: 'layers', diffIds } });
    expect(cache.findByChain('c'.repeat(64))).toBe(cache.find(key));
    expect([cache.find('0'.repeat(64)), asked]).toEqual([undefined, []]);
    await Promise.all([1, 2].map(() => cache.bring({ diffIds, report }, { signal })));
    expect(asked).toHaveLength(2);
    expect([...committed.keys()]).toEqual(chainIds(diffIds, hashBytes));
    expect(warnings).toEqual([]);
  });

  test('does not find again what has a layer that cannot be had, and warns of one that was promised', async () => {
    await using harbour = await openHarbour();
    const { open, diffIds, key, blobs, warnings } = await bench(harbour, ['1', '2']);
    const cache = await open();
    blobs.delete(plain('2'));
    const bringing = cache.bring({ diffIds, report }, { signal });
    await expect(bringing).rejects.toBeInstanceOf(StaleResult);
    expect(cache.find(key)).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining(`the layer ${plain('2')} of the cache`)]);
  });

  test('is silent about layers that it never carried', async () => {
    await using harbour = await openHarbour();
    const { open, diffIds, key, warnings } = await bench(harbour, ['1', '2'], ['2']);
    const cache = await open();
    await expect(cache.bring({ diffIds, report }, { signal })).rejects.toBeInstanceOf(StaleResult);
    expect([cache.find(key), warnings]).toEqual([undefined, []]);
  });

  test.each(['0', 'longer than it was', ''])(
    'takes no other bytes for a layer: %j',
    async (text) => {
      await using harbour = await openHarbour();
      const { open, diffIds, blobs, committed } = await bench(harbour, ['1']);
      const cache = await open();
      blobs.set(plain('1'), Buffer.from(text));
      await expect(cache.bring({ diffIds, report }, { signal })).rejects.toBeInstanceOf(
        StaleResult,
      );
      expect(committed.size).toBe(0);
      expect(await harbour.deps.content.list()).toEqual([]);
    },
  );

  test.each([
    ['is nowhere', { resolve: () => Promise.reject(new NotFoundError('manifest', 'cache')) }],
    ['cannot be reached', { resolve: () => Promise.reject(new UnavailableError('down')) }],
    ['is none', { fetchDocument: () => Promise.resolve(Buffer.from('{}')) }],
    ['is no JSON', { fetchDocument: () => Promise.resolve(Buffer.from([0xff, 0])) }],
  ])('that %s is left out with a warning', async (_what, change) => {
    await using harbour = await openHarbour();
    const { open, key, warnings } = await bench(harbour, ['1']);
    expect((await open(change)).find(key)).toBeUndefined();
    expect(warnings).toEqual([
      expect.stringMatching(/^the cache localhost:5000\/cache:latest is left out: /),
    ]);
  });

  test('fills a cache mount with what the other daemon had, and with nothing where that is wrong', async () => {
    await using harbour = await openHarbour();
    const { open, filled, warnings } = await bench(harbour, ['1']);
    const cache = await open();
    expect(await cache.fillCacheMount('m', '/directory', { signal })).toBe(true);
    expect(await cache.fillCacheMount('none', '/directory', { signal })).toBe(false);
    expect(warnings).toEqual([]);
    expect(await cache.fillCacheMount('bomb', '/directory', { signal })).toBe(false);
    expect([filled, warnings]).toEqual([['mount'], [expect.stringContaining('larger than')]]);
  });
});
