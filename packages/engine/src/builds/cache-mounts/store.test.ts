import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { State } from '../../state/state.js';
import { createScratch } from '../scratch.js';
import { openTestState } from '../testing/state.js';
import type { CacheMounts } from './cache-mounts.js';
import { createCacheMounts } from './store.js';

let root: string;
let state: State;
let mounts: CacheMounts;
const options = { signal: AbortSignal.timeout(10_000) };

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'wharf-mounts-'));
  state = openTestState(root);
  const files = {
    removeTree: (path: string) => rm(path, { recursive: true, force: true }),
  };
  mounts = createCacheMounts({
    ...{ state, root, files, scratch: createScratch(root, files), now: Date.now },
    fileAccess: {
      async *packRoot(view) {
        await Promise.resolve();
        yield Buffer.from(JSON.stringify(view.root));
      },
      async unpackInto(view, _request, archive) {
        const path = view.root.kind === 'directory' ? view.root.path : '';
        for await (const data of archive) await writeFile(join(path, 'content'), data);
      },
    },
  });
});
afterEach(async () => {
  state.close();
  await rm(root, { recursive: true });
});

describe('a cache mount', () => {
  test('lives on under a name that is no part of its id', async () => {
    for (const id of ['../../etc', '/etc/passwd', 'a/b', '.', '']) {
      const first = await mounts.acquire({ id, sharing: 'shared' }, options);
      expect(dirname(first.directory)).toBe(join(root, 'cache-mounts'));
      expect(basename(first.directory)).toMatch(/^[0-9a-f]{64}$/);
      await writeFile(join(first.directory, 'file'), id);
      await first[Symbol.asyncDispose]();
      const second = await mounts.acquire({ id, sharing: 'shared' }, options);
      expect(await readFile(join(second.directory, 'file'), 'utf8')).toBe(id);
      await second[Symbol.asyncDispose]();
    }
    expect(await mounts.list(options)).toHaveLength(5);
  });

  test('has the owner and mode that were asked for, and its seed, once', async () => {
    let seeds = 0;
    const seed = async (directory: string): Promise<void> => {
      seeds += 1;
      await writeFile(join(directory, 'seed'), 'x');
    };
    const request = { id: 'a', sharing: 'shared', uid: 0, gid: 0, mode: 0o1770, seed } as const;
    for (let count = 0; count < 2; count++) {
      await using held = await mounts.acquire(request, options);
      expect((await stat(held.directory)).mode & 0o7777).toBe(0o1770);
      expect(existsSync(join(held.directory, 'seed'))).toBe(true);
    }
    expect(seeds).toBe(1);
  });

  test('whose seed fails is not there', async () => {
    const seed = (): Promise<void> => Promise.reject(new TypeError('no seed'));
    await expect(mounts.acquire({ id: 'a', sharing: 'shared', seed }, options)).rejects.toThrow(
      'no seed',
    );
    expect(await mounts.list(options)).toEqual([]);
  });

  test('is shared, or private to each, or one after the other', async () => {
    await using one = await mounts.acquire({ id: 'a', sharing: 'shared' }, options);
    await using two = await mounts.acquire({ id: 'a', sharing: 'shared' }, options);
    expect(two.directory).toBe(one.directory);
    await using apart = await mounts.acquire({ id: 'a', sharing: 'private' }, options);
    expect(apart.directory).not.toBe(one.directory);
    expect(await mounts.list(options)).toMatchObject([{ id: 'a', inUse: true }]);
    const locked = await mounts.acquire({ id: 'b', sharing: 'locked' }, options);
    let entered = false;
    const waiting = mounts.acquire({ id: 'b', sharing: 'locked' }, options).then((held) => {
      entered = true;
      return held;
    });
    await setTimeout(20);
    expect(entered).toBe(false);
    await locked[Symbol.asyncDispose]();
    await (await waiting)[Symbol.asyncDispose]();
  });

  test('gives up its turn with its signal', async () => {
    await using held = await mounts.acquire({ id: 'b', sharing: 'locked' }, options);
    const stop = new AbortController();
    const waiting = mounts.acquire({ id: 'b', sharing: 'locked' }, { signal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    expect(existsSync(held.directory)).toBe(true);
  });

  test('may be filled with its own archive while that is written', async () => {
    async function* archive(): AsyncGenerator<Uint8Array> {
      await Promise.resolve();
      yield Buffer.from('new');
    }
    await mounts.import('a', archive(), options);
    await mounts.import('a', mounts.export('a', options), options);
    expect(await mounts.list(options)).toMatchObject([{ id: 'a', inUse: false }]);
  });

  test('goes and comes as an archive, but not while a step uses it', async () => {
    async function* archive(): AsyncGenerator<Uint8Array> {
      await Promise.resolve();
      yield Buffer.from('new');
    }
    await mounts.import('a', archive(), options);
    {
      await using held = await mounts.acquire({ id: 'a', sharing: 'shared' }, options);
      expect(await readFile(join(held.directory, 'content'), 'utf8')).toBe('new');
      await expect(mounts.import('a', archive(), options)).rejects.toMatchObject({
        code: 'failed-precondition',
      });
      expect(await mounts.remove('a', options)).toBe(0);
    }
    const parts: string[] = [];
    for await (const part of mounts.export('a', options)) parts.push(Buffer.from(part).toString());
    expect(parts.join('')).toContain('cache-mounts');
    await expect(
      mounts.export('none', options)[Symbol.asyncIterator]().next(),
    ).rejects.toMatchObject({
      code: 'not-found',
    });
    expect(await mounts.remove('a', options)).toBeGreaterThan(0);
    expect(await mounts.list(options)).toEqual([]);
  });
});
