import { CancelledError, WharfError } from '@wharf/core';
import type { TreeChunk, TreeSource } from '@wharf/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collect, testDaemon } from './test-daemon.js';

const { signal } = new AbortController();

/** Pieces of the sizes that their names end with, in chunks of at most `chunkBytes`. */
function source(chunkBytes: number): TreeSource {
  return {
    async *read(digests) {
      for (const digest of digests) {
        const data = contentOf(digest);
        const cuts = Array.from({ length: Math.ceil(data.length / chunkBytes) || 1 });
        for (const at of cuts.keys()) {
          const chunk = data.subarray(at * chunkBytes, (at + 1) * chunkBytes);
          yield await Promise.resolve({ digest, data: chunk, last: at === cuts.length - 1 });
        }
      }
    },
  };
}

function contentOf(digest: string): Buffer {
  const [, name = '', size = ''] = digest.split(':');
  return Buffer.alloc(Number(size), `${name}|`);
}

/** The pieces put together again. */
async function received(chunks: AsyncIterable<TreeChunk>): Promise<readonly [string, Buffer][]> {
  const all: [string, Buffer][] = [];
  let parts: Buffer[] = [];
  for await (const { digest, data, last } of chunks) {
    parts.push(Buffer.from(data)); // a copy: of a message's memory it is not known how long it lasts
    if (!last) continue;
    all.push([digest, Buffer.concat(parts)]);
    parts = [];
  }
  return all;
}

describe('pieces of a tree', () => {
  test('arrive whole and in order, whatever their sizes and chunks are', async () => {
    let asked: readonly (readonly string[])[] = [];
    let got: readonly (readonly [string, Buffer])[] = [];
    await using daemon = await testDaemon({
      builds: {
        async syncTree(_, from) {
          got = [];
          for (const digests of asked) got = [...got, ...(await received(from.read(digests)))];
          return { receivedBytes: 1, receivedPieces: got.length };
        },
      },
    });
    const sizes = fc.oneof(
      fc.nat(300),
      fc.constantFrom(0, 262_143, 262_144, 524_288, 524_289, 2e6),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(sizes, { maxLength: 12 }), { maxLength: 3 }),
        fc.constantFrom(100_000, 2 ** 16, 2 ** 20),
        async (batches, chunkBytes) => {
          asked = batches.map((batch, b) => batch.map((size, at) => `x:${b}.${at}:${size}`));
          const from = source(chunkBytes);
          const { receivedPieces } = await daemon.client.builds.syncTree('r', from, { signal });
          const all = asked.flat();
          expect(receivedPieces).toBe(all.length);
          expect(got.map(([digest]) => digest)).toEqual(all);
          expect(got.every(([digest, data]) => data.equals(contentOf(digest)))).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('may be 100 000 in one question', async () => {
    const digests = Array.from({ length: 100_000 }, (_, at) => `x:${at}:${at % 7}`);
    await using daemon = await testDaemon({
      builds: {
        async syncTree(_, from) {
          const got = await received(from.read(digests));
          const bytes = got.reduce((sum, [, { length }]) => sum + length, 0);
          return { receivedBytes: bytes, receivedPieces: got.length };
        },
      },
    });
    const synced = await daemon.client.builds.syncTree('r', source(100), { signal });
    expect(synced).toEqual({ receivedBytes: 299_995, receivedPieces: 100_000 });
  });

  test('that nobody took are passed over for the next question, and questions wait for each other', async () => {
    await using daemon = await testDaemon({
      builds: {
        async syncTree(_, from) {
          for await (const { digest } of from.read(['a:1:9', 'b:2:700000', 'c:3:9'])) {
            if (digest === 'b:2:700000') break;
          }
          const both = [received(from.read(['d:4:5'])), received(from.read(['e:5:6']))];
          const got = (await Promise.all(both)).flat();
          expect(got.map(([, data]) => data.toString())).toEqual(['4|4|4', '5|5|5|']);
          return { receivedBytes: 0, receivedPieces: got.length };
        },
      },
    });
    const call = daemon.client.builds.syncTree('r', source(1000), { signal });
    expect(await call).toMatchObject({ receivedPieces: 2 });
  });
});

describe('a tree that cannot be sent', () => {
  const asks = {
    async syncTree(_: string, from: TreeSource) {
      await collect(from.read(['a:1:3000000', 'b:2:3']));
      return { receivedBytes: 0, receivedPieces: 0 };
    },
  };

  test('fails with what failed at its source', async () => {
    await using daemon = await testDaemon({ builds: asks });
    const failure = new WharfError('not-found', 'a file has gone');
    const failing: TreeSource = {
      async *read(digests) {
        yield* source(1000).read(digests.slice(0, 1));
        throw failure;
      },
    };
    await expect(daemon.client.builds.syncTree('r', failing, { signal })).rejects.toBe(failure);
    const silent: TreeSource = { read: (digests) => source(1000).read(digests.slice(1)) };
    await expect(daemon.client.builds.syncTree('r', silent, { signal })).rejects.toMatchObject({
      code: 'internal',
    });
  });

  test('fails with what the daemon says, while more is on its way', async () => {
    const failure = new WharfError('invalid-argument', 'bytes are not what their digest says');
    await using daemon = await testDaemon({
      builds: {
        async syncTree(_, from) {
          for await (const chunk of from.read(['a:1:90000000'])) {
            if (chunk.data.length > 0) throw failure;
          }
          return { receivedBytes: 0, receivedPieces: 0 };
        },
      },
    });
    for (let round = 0; round < 20; round++) {
      await expect(
        daemon.client.builds.syncTree('r', source(100_000), { signal }),
      ).rejects.toMatchObject({ code: 'invalid-argument', message: failure.message });
    }
  });

  test('is left at once', async () => {
    const left = Promise.withResolvers<unknown>();
    await using daemon = await testDaemon({
      builds: {
        async syncTree(_, from, options) {
          options.signal.addEventListener('abort', () => left.resolve(options.signal.reason));
          await collect(from.read(['a:1:1']));
          return { receivedBytes: 0, receivedPieces: 0 };
        },
      },
    });
    const controller = new AbortController();
    const reason = new CancelledError('enough');
    const stuck: TreeSource = {
      async *read() {
        controller.abort(reason);
        yield await new Promise<never>(() => undefined);
      },
    };
    const call = daemon.client.builds.syncTree('r', stuck, { signal: controller.signal });
    await expect(call).rejects.toBe(reason);
    expect(await left.promise).toMatchObject({ code: 'cancelled' });
  });

  test('holds its source back while the daemon does not read', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    await using daemon = await testDaemon({
      builds: {
        async syncTree(_, from) {
          let bytes = 0;
          for await (const { data } of from.read(['a:1:100000000'])) {
            bytes += data.length;
            await gate;
          }
          return { receivedBytes: bytes, receivedPieces: 1 };
        },
      },
    });
    let read = 0;
    const counted: TreeSource = {
      async *read([digest = '']) {
        const data = Buffer.alloc(100_000);
        for (; read < 1000; read++) {
          yield await Promise.resolve({ digest, data, last: read === 999 });
        }
      },
    };
    const call = daemon.client.builds.syncTree('r', counted, { signal });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(read).toBeLessThan(120);
    open();
    expect((await call).receivedBytes).toBe(100_000_000);
  });
});
