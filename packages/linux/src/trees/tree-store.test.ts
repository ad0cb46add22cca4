import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { encodeTreeDirectory } from '@wharf/core';
import type { TreeChunk, TreeEntry } from '@wharf/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, chunksOf, digestOf, hasAddon, listTree, openBench } from './testing/bench.js';
import type { Bench } from './testing/bench.js';

const document = (entries: readonly TreeEntry[]) =>
  Buffer.from(encodeTreeDirectory({ entries }), 'latin1');
const file = (name: string, content: string): TreeEntry => ({
  kind: 'file',
  name,
  mode: 0o644,
  digest: digestOf(content),
  size: content.length,
});
const directory = (name: string, bytes: Uint8Array): TreeEntry => ({
  kind: 'directory',
  name,
  mode: 0o755,
  digest: digestOf(bytes),
});

/** Of a hundred files each; with WHARF_TEST_TIMES it says how long they take. */
const directories = Number(process.env['WHARF_TEST_TREE_DIRECTORIES'] ?? 20);

describe.runIf(hasAddon)('a store of trees', () => {
  let bench: Bench;
  beforeAll(() => void (bench = openBench()));
  afterAll(() => bench.close());

  const pathOf = (root: string, digest: string) => join(root, digest.slice(7, 9), digest.slice(9));
  const age = (root: string, digest: string) => utimesSync(pathOf(root, digest), 1, 1);

  test('keeps pieces by their digests, for root alone', async () => {
    const store = bench.store();
    const [a, b] = [digestOf('a'), digestOf('b')];
    expect(await store.missing([a, b], call)).toEqual([a, b]);
    expect(await store.write(chunksOf(['a']), call)).toEqual({ bytes: 1, pieces: 1 });
    expect(await store.missing([a, b], call)).toEqual([b]);
    expect(Buffer.from(await store.read(a, call)).toString()).toBe('a');
    expect(statSync(pathOf(store.root, a)).mode & 0o777).toBe(0o600);
    expect(readFileSync(pathOf(store.root, a), 'latin1')).toBe('a');
    await expect(store.read(b, call)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('takes pieces in parts', async () => {
    const store = bench.store();
    const content = Buffer.alloc(20 << 20, 'parts');
    const digest = digestOf(content);
    async function* parts(): AsyncGenerator<TreeChunk> {
      for (let at = 0; at < content.length; at += 100_000) {
        const data = content.subarray(at, at + 100_000);
        yield { digest, data, last: at + 100_000 >= content.length };
      }
      yield { digest: digestOf(''), data: Buffer.alloc(0), last: false };
      yield { digest: digestOf(''), data: Buffer.alloc(0), last: true };
    }
    const written = await store.write(parts(), call);
    expect(written).toEqual({ bytes: content.length, pieces: 2 });
    expect(content.equals(await store.read(digest, call))).toBe(true);
    expect(readdirSync(join(store.root, 'tmp'))).toEqual([]);
  });

  test.each([
    ['are something else', [{ digest: digestOf('x'), data: Buffer.from('y'), last: true }]],
    [
      'are something else in parts',
      [
        { digest: digestOf('x'), data: Buffer.from('x'), last: false },
        { digest: digestOf('x'), data: Buffer.from('x'), last: true },
      ],
    ],
    ['end too early', [{ digest: digestOf('xx'), data: Buffer.from('x'), last: false }]],
    [
      'come between those of another',
      [
        { digest: digestOf('xx'), data: Buffer.from('x'), last: false },
        { digest: digestOf('y'), data: Buffer.from('y'), last: true },
      ],
    ],
    ['have no digest', [{ digest: '../../etc/passwd', data: Buffer.from('x'), last: true }]],
    ['have no digest at first', [{ digest: '../..', data: Buffer.from('x'), last: false }]],
  ])('refuses bytes that %s, and keeps those before', async (_, wrong) => {
    const store = bench.store();
    async function* chunks(): AsyncGenerator<TreeChunk> {
      yield* chunksOf(['good']);
      yield* wrong;
    }
    await expect(store.write(chunks(), call)).rejects.toMatchObject({ code: 'invalid-argument' });
    expect(await store.missing([digestOf('good'), digestOf('x')], call)).toEqual([digestOf('x')]);
    expect(readdirSync(join(store.root, 'tmp'))).toEqual([]);
  });

  test('says so at once when it has refused a piece, although more may come', async () => {
    const store = bench.store();
    let released = () => {};
    async function* chunks(): AsyncGenerator<TreeChunk> {
      for (let i = 0; i < 256; i++) {
        yield { digest: digestOf('x'), data: Buffer.from('y'), last: true };
      }
      await new Promise<void>((resolve) => (released = resolve));
    }
    await expect(store.write(chunks(), call)).rejects.toMatchObject({ code: 'invalid-argument' });
    released();
  });

  test('ends a write with the failure of what is written, and by its signal', async () => {
    const store = bench.store();
    const reason = new TypeError('gone');
    async function* broken(): AsyncGenerator<TreeChunk> {
      yield { digest: digestOf('xx'), data: Buffer.from('x'), last: false };
      throw reason;
    }
    await expect(store.write(broken(), call)).rejects.toBe(reason);
    const { signal } = new AbortController();
    const stop = new AbortController();
    async function* silent(): AsyncGenerator<TreeChunk> {
      yield { digest: digestOf('xx'), data: Buffer.alloc(300_000), last: false };
      setTimeout(() => stop.abort(reason), 20);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    }
    await expect(store.write(silent(), { signal: stop.signal })).rejects.toBe(reason);
    expect(readdirSync(join(store.root, 'tmp'))).toEqual([]);
  });

  test('refuses what is no digest', async () => {
    const store = bench.store();
    for (const digest of ['', 'sha256:', `sha256:${'A'.repeat(64)}`, `sha512:${'a'.repeat(64)}`]) {
      const refused = { code: 'invalid-argument' };
      await expect(store.missing([digest], call)).rejects.toMatchObject(refused);
      await expect(store.read(digest, call)).rejects.toMatchObject(refused);
      await expect(store.facts(digest, call)).rejects.toMatchObject(refused);
    }
  });

  test('counts a tree when all of it is here', async () => {
    const store = bench.store();
    const sub = document([file('x', 'same'), { kind: 'link', name: 'y', target: '/etc/passwd' }]);
    const root = document([
      directory('a', sub),
      directory('b', sub),
      file('c', 'same'),
      file('d', ''),
    ]);
    await store.write(chunksOf([root, 'same']), call);
    expect(await store.facts(digestOf(root), call)).toBeUndefined();
    await store.write(chunksOf([sub]), call);
    expect(await store.facts(digestOf(root), call)).toBeUndefined();
    await store.write(chunksOf(['']), call);
    const facts = { digest: digestOf(root), files: 4, bytes: 12 };
    expect(await store.facts(digestOf(root), call)).toEqual(facts);
  });

  test('refuses a tree that says another size, is none, is too deep or has too many entries', async () => {
    const store = bench.store();
    const lying = document([{ ...file('a', 'content'), size: 1 } as TreeEntry]);
    const none = document([directory('a', Buffer.from('content'))]);
    await store.write(chunksOf(['content', lying, none]), call);
    const refused = { code: 'invalid-argument' };
    await expect(store.facts(digestOf(lying), call)).rejects.toMatchObject(refused);
    await expect(store.facts(digestOf(none), call)).rejects.toMatchObject(refused);

    let deep = document([]);
    const levels = [deep];
    for (let i = 1; i < 257; i++) levels.push((deep = document([directory('d', deep)])));
    await store.write(chunksOf(levels), call);
    const limit = { code: 'resource-exhausted' };
    await expect(store.facts(digestOf(deep), call)).rejects.toMatchObject(limit);
    const least = levels[255] ?? deep;
    expect(await store.facts(digestOf(least), call)).toMatchObject({ files: 0 });
    // Known when it is come to a second time, deeper down.
    const twice = document([
      directory('a', levels[200] ?? deep),
      directory('b', document([directory('c', levels[255] ?? deep)])),
    ]);
    await store.write(chunksOf([twice, document([directory('c', levels[255] ?? deep)])]), call);
    await expect(store.facts(digestOf(twice), call)).rejects.toMatchObject(limit);

    let wide = document([file('x', 'content')]);
    const doublings = [wide];
    for (let i = 0; i < 100; i++) {
      doublings.push((wide = document([directory('a', wide), directory('b', wide)])));
    }
    await store.write(chunksOf(doublings), call);
    await expect(store.facts(digestOf(wide), call)).rejects.toMatchObject(limit);
  });

  test('a document that was damaged on the disk is missing', async () => {
    const store = bench.store();
    const root = document([file('a', 'a')]);
    await store.write(chunksOf([root, 'a']), call);
    writeFileSync(pathOf(store.root, digestOf(root)), 'damaged');
    expect(await store.facts(digestOf(root), call)).toBeUndefined();
    expect(await store.missing([digestOf(root)], call)).toEqual([digestOf(root)]);
  });

  test('takes files by name', async () => {
    const store = bench.store();
    const content = (text: string) => Buffer.from(text);
    const facts = await store.importFiles(
      [
        { name: 'b', mode: 0o755, content: content('two') },
        { name: 'ü', mode: 0o644, content: content('three') },
        { name: 'a b', mode: 0o644, content: content('one') },
      ],
      call,
    );
    expect(facts).toMatchObject({ files: 3, bytes: 11 });
    expect(await listTree(store, facts.digest)).toEqual(['a b=one', 'b=two', 'Ã¼=three']);
    for (const name of ['', '.', '..', 'a/b', '/a', 'a\0', 'n'.repeat(256)]) {
      const files = [{ name, mode: 0, content: content('') }];
      const refused = { code: 'invalid-argument' };
      await expect(store.importFiles(files, call)).rejects.toMatchObject(refused);
    }
  });

  test('sweeps what no kept tree reaches and nobody asked for in the last hour', async () => {
    const store = bench.store();
    const sub = document([file('x', 'kept')]);
    // A file whose bytes are a document too.
    const kept = document([
      { kind: 'file', name: 'a', mode: 0, digest: digestOf(sub), size: sub.length },
      directory('s', sub),
    ]);
    const other = document([file('x', 'other')]);
    await store.write(chunksOf(['kept', sub, kept, 'other', other, 'asked', 'young']), call);
    const old = ['kept', sub, kept, 'other', other, 'asked'].map((piece) =>
      digestOf(Buffer.from(piece)),
    );
    // Twice: the second time from memory.
    for (let time = 0; time < 2; time++)
      expect(Buffer.from(await store.read(digestOf('other'), call)).toString()).toBe('other');
    for (const digest of old) age(store.root, digest);
    await store.missing([digestOf('asked')], call);
    const { bytes } = await store.sweep([digestOf(kept), digestOf('absent')], call);
    expect(bytes).toBe('other'.length + other.length);
    expect(await store.missing([...old, digestOf('young')], call)).toEqual([
      digestOf('other'),
      digestOf(other),
    ]);
    await expect(store.read(digestOf('other'), call)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('is as it was after the daemon was killed, and empty after the machine went down', async () => {
    const before = bench.store();
    await before.write(chunksOf(['a']), call);
    writeFileSync(join(before.root, 'tmp', '7'), 'left');
    const same = bench.store({ root: before.root });
    expect(existsSync(join(before.root, 'tmp', '7'))).toBe(false);
    expect(await same.missing([digestOf('a')], call)).toEqual([]);
    expect(readdirSync(join(before.root, 'tmp'))).toEqual([]);
    const next = bench.store({ root: before.root, bootId: 'boot-2' });
    expect(await next.missing([digestOf('a')], call)).toEqual([digestOf('a')]);
  });

  test('is as it was when it was closed before the machine went down', async () => {
    let syncs = 0;
    const native = {
      syncfs: async () => {
        syncs++;
      },
    };
    const first = bench.store({ native });
    await first.write(chunksOf(['a']), call);
    await first.close();
    expect(syncs).toBe(1);
    const { root } = first;
    const second = bench.store({ root, native, bootId: 'boot-2' });
    expect(await second.missing([digestOf('a')], call)).toEqual([]);
    await second.close();
    expect(syncs).toBe(1);
    const third = bench.store({ root, native, bootId: 'boot-3' });
    expect(await third.missing([digestOf('a')], call)).toEqual([]);
    await third.close();
    const unused = bench.store({ root: join(bench.dir, 'unused') });
    await unused.close();
    expect(existsSync(unused.root)).toBe(false);
    await expect(unused.missing([], call)).rejects.toMatchObject({ code: 'failed-precondition' });
  });

  test('ends its thread when there is nothing to do, and begins another', async () => {
    const store = bench.store({ idleMs: 30 });
    const threads = () => readdirSync('/proc/self/task').length;
    await store.missing([], call);
    const busy = threads();
    await expect.poll(threads, { timeout: 10_000 }).toBeLessThan(busy);
    await store.write(chunksOf(['a']), call);
    expect(await store.missing([digestOf('a')], call)).toEqual([]);
  });

  test.runIf(process.getuid?.() === 0)('says that its disk is full, and goes on', async () => {
    const root = bench.directory();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', root]);
    const store = bench.store({ root });
    try {
      const full = { code: 'resource-exhausted' };
      const large = Buffer.alloc(3 << 20, 'x');
      await expect(store.write(chunksOf([large]), call)).rejects.toMatchObject(full);
      async function* parts(): AsyncGenerator<TreeChunk> {
        for (let i = 0; i < 30; i++) {
          yield { digest: digestOf(large), data: large.subarray(0, 100_000), last: false };
        }
      }
      await expect(store.write(parts(), call)).rejects.toMatchObject(full);
      expect(readdirSync(join(root, 'tmp'))).toEqual([]);
      await store.write(chunksOf(['small']), call);
      expect(await store.missing([digestOf('small'), digestOf(large)], call)).toEqual([
        digestOf(large),
      ]);
    } finally {
      await store.close();
      execFileSync('umount', [root]);
    }
  });

  test('a call that is closed away or aborted ends, and the others go on', async () => {
    const store = bench.store();
    const big = bench.directory();
    for (const name of ['a', 'b', 'c']) {
      writeFileSync(join(big, name), '');
      truncateSync(join(big, name), 1 << 30);
    }
    const request = { directory: big, subpath: '', ignore: '', keep: [] };
    const stop = new AbortController();
    const importing = store.importDirectory(request, { signal: stop.signal });
    importing.catch(() => undefined);
    const start = performance.now();
    await store.write(chunksOf(['a']), call);
    await store.missing([digestOf('a')], call);
    expect(performance.now() - start).toBeLessThan(3000);
    stop.abort(new TypeError('enough'));
    await expect(importing).rejects.toThrow('enough');
    expect(readdirSync(join(store.root, 'tmp'))).toEqual([]);
    const second = store.importDirectory(request, call);
    second.catch(() => undefined);
    await store.close();
    await expect(second).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(join(store.root, 'tmp'))).toEqual([]);
  });

  test('writes and imports thousands of small files quickly', async () => {
    const from = bench.directory();
    const pieces: string[] = [];
    for (let d = 0; d < directories; d++) {
      mkdirSync(join(from, String(d)));
      for (let f = 0; f < 100; f++) {
        const content = `${d} ${f} `.repeat(100);
        pieces.push(content);
        writeFileSync(join(from, String(d), String(f)), content);
      }
    }
    const took = async (what: string, work: () => Promise<unknown>) => {
      const start = performance.now();
      await work();
      const ms = performance.now() - start;
      if (process.env['WHARF_TEST_TIMES'] !== undefined) process.stderr.write(`${what}: ${ms}\n`);
      return ms;
    };
    const written = bench.store();
    const imported = bench.store();
    const request = { directory: from, subpath: '', ignore: '', keep: [] };
    await written.missing([], call);
    await imported.missing([], call);
    const chunks: TreeChunk[] = [];
    for await (const chunk of chunksOf(pieces)) chunks.push(chunk);
    async function* ready() {
      yield* chunks;
    }
    const digests = chunks.map(({ digest }) => digest);
    expect(await took('write', () => written.write(ready(), call))).toBeLessThan(5000);
    await took('missing', () => written.missing(digests, call));
    expect(await took('import', () => imported.importDirectory(request, call))).toBeLessThan(5000);
    await took('import again', () => imported.importDirectory(request, call));
    const { digest } = await imported.importDirectory(request, call);
    await took('facts', () => imported.facts(digest, call));
    await took('sweep', () => imported.sweep([digest], call));
    expect(await imported.facts(digest, call)).toMatchObject({ files: directories * 100 });
  });
});
