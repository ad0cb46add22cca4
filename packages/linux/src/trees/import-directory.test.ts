import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { decodeTreeDirectory } from '@wharf/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, hasAddon, listTree, openBench } from './testing/bench.js';
import type { Bench } from './testing/bench.js';

/** More by WHARF_TEST_SWAPS: how often a directory is imported while it changes. */
const tries = Number(process.env['WHARF_TEST_SWAPS'] ?? 1000);

describe.runIf(hasAddon)('a directory that is imported', () => {
  let bench: Bench;
  let store: ReturnType<Bench['store']>;
  beforeAll(() => {
    bench = openBench();
    store = bench.store();
  });
  afterAll(() => bench.close());

  const fill = (files: Readonly<Record<string, string>>): string => {
    const directory = bench.directory();
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    }
    return directory;
  };
  const importAll = (directory: string, more: Partial<Parameters<typeof request>[1]> = {}) =>
    store.importDirectory(request(directory, more), call);
  const request = (
    directory: string,
    more: { subpath?: string; ignore?: string; keep?: readonly string[] },
  ) => ({ directory, subpath: '', ignore: '', keep: [], ...more });
  const listed = async (...args: Parameters<typeof importAll>) =>
    listTree(store, (await importAll(...args)).digest);

  test('has its files, directories and links, with their modes', async () => {
    const directory = fill({ 'a/b/c': 'c', 'a/x': '', z: 'zz' });
    symlinkSync('/etc/passwd', join(directory, 'a/link'));
    linkSync(join(directory, 'z'), join(directory, 'hard'));
    mkdirSync(join(directory, 'empty'));
    writeFileSync(Buffer.from(join(directory, '\xff\xfe'), 'latin1'), 'bytes');
    chmodSync(join(directory, 'z'), 0o4751);
    chmodSync(join(directory, 'a'), 0o1700);
    const facts = await importAll(directory);
    expect(facts).toMatchObject({ files: 5, bytes: 10 });
    expect(await store.facts(facts.digest, call)).toEqual(facts);
    expect(await listTree(store, facts.digest)).toEqual([
      'a/',
      'a/b/',
      'a/b/c=c',
      'a/link->/etc/passwd',
      'a/x=',
      'empty/',
      'hard=zz',
      'z=zz',
      '\xff\xfe=bytes',
    ]);
    const root = Buffer.from(await store.read(facts.digest, call)).toString('latin1');
    const modes = decodeTreeDirectory(root).entries.map((e) => (e.kind === 'link' ? 0 : e.mode));
    expect(modes.map((mode) => mode.toString(8))).toEqual(['1700', '755', '4751', '4751', '644']);
  });

  test('has no FIFO, socket or device, and none is opened', async () => {
    const directory = fill({ a: 'a' });
    execFileSync('mkfifo', [join(directory, 'fifo')]);
    if (process.getuid?.() === 0) execFileSync('mknod', [join(directory, 'zero'), 'c', '1', '5']);
    const server = createServer().listen(join(directory, 'socket'));
    try {
      expect(await listed(directory)).toEqual(['a=a']);
    } finally {
      server.close();
    }
  });

  test('is the same tree whatever the order and the times in which it was made', async () => {
    const one = await importAll(fill({ a: '1', 'b/c': '2', d: '3' }));
    const two = await importAll(fill({ d: '3', 'b/c': '2', a: '1' }));
    expect(one).toEqual(two);
  });

  test('may begin below', async () => {
    const directory = fill({ 'a/b/c': 'c', d: '' });
    symlinkSync('a', join(directory, 'link'));
    symlinkSync('/etc', join(directory, 'etc'));
    expect(await listed(directory, { subpath: '/a/./b/' })).toEqual(['c=c']);
    expect(await listed(directory, { subpath: 'a' })).toEqual(['b/', 'b/c=c']);
    const refused = { code: 'invalid-argument' };
    for (const subpath of ['..', 'a/../..', 'link', 'link/b', 'etc', 'd', 'a/b/c', 'a\0']) {
      await expect(importAll(directory, { subpath })).rejects.toMatchObject(refused);
    }
    const absent = importAll(directory, { subpath: 'none' });
    await expect(absent).rejects.toMatchObject({ code: 'not-found' });
  });

  test('lacks what is ignored, but what an exception or the caller keeps', async () => {
    const directory = fill({
      '.dockerignore': '',
      Dockerfile: '',
      'docs/a.md': '',
      'docs/keep.md': '',
      'node_modules/a/b': '',
      'src/a.log': '',
      'src/a.ts': '',
      'sub/deep/Dockerfile': '',
      'sub/deep/other': '',
    });
    const ignore = '# all\n*\n!src\n**/*.log\n!docs/keep.md\n';
    const keep = ['.dockerignore', 'sub/deep/Dockerfile', 'absent'];
    expect(await listed(directory, { ignore, keep })).toEqual([
      '.dockerignore=',
      'docs/',
      'docs/keep.md=',
      'src/',
      'src/a.ts=',
      'sub/',
      'sub/deep/',
      'sub/deep/Dockerfile=',
    ]);
    const malformed = importAll(directory, { ignore: 'a[' });
    await expect(malformed).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  test('is not walked where everything is ignored', async () => {
    const directory = fill({ a: 'a' });
    let deep = 'ignored';
    for (let i = 0; i < 300; i++) deep += '/d';
    mkdirSync(join(directory, deep), { recursive: true });
    const refused = { code: 'resource-exhausted' };
    await expect(importAll(directory)).rejects.toMatchObject(refused);
    await expect(importAll(directory, { ignore: 'ignored\n!ignored/d' })).rejects.toMatchObject(
      refused,
    );
    expect(await listed(directory, { ignore: 'ignored\n!a' })).toEqual(['a=a']);
  });

  test('has a limit, holes included, before a byte is read', async () => {
    const directory = fill({ a: 'a' });
    writeFileSync(join(directory, 'sparse'), '');
    truncateSync(join(directory, 'sparse'), 2 ** 40);
    const started = performance.now();
    await expect(importAll(directory)).rejects.toMatchObject({
      code: 'resource-exhausted',
      facts: { entry: '"sparse"' },
    });
    const generous = bench.store({ maxImportBytes: 2 ** 50 });
    await expect(generous.importDirectory(request(directory, {}), call)).rejects.toMatchObject({
      code: 'resource-exhausted',
      facts: { errno: 'ENOSPC' },
    });
    expect(performance.now() - started).toBeLessThan(5000);
    const small = bench.store({ maxImportBytes: 10 });
    const many = fill({ a: '123456', b: '123456' });
    await expect(small.importDirectory(request(many, {}), call)).rejects.toMatchObject({
      code: 'resource-exhausted',
    });
  });

  test('is the tree that its names say, whatever they are', async () => {
    const name = fc
      .uint8Array({ minLength: 1, maxLength: 40 })
      .map((bytes) => Buffer.from(bytes).toString('latin1').replace(/[/\0]/g, '_'))
      .filter((text) => text !== '.' && text !== '..');
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name, { maxLength: 12 }), async (names) => {
        const directory = bench.directory();
        const path = (text: string) =>
          Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(text, 'latin1')]);
        for (const text of names) writeFileSync(path(text), text, 'latin1');
        const wanted = names.toSorted((a, b) => (a < b ? -1 : 1)).map((text) => `${text}=${text}`);
        expect(await listed(directory)).toEqual(wanted);
        rmSync(directory, { recursive: true });
      }),
      { numRuns: 50 },
    );
  });

  test(
    'never has what lies outside, while directories and files are swapped for links',
    { timeout: 60_000 + tries * 50 },
    async () => {
      const canary = fill({ secret: 'the canary', 'b/secret': 'the canary', f: 'the canary' });
      const directory = fill({ 'a/b/secret': 'inner', 'a/f': 'inner', f: 'inner' });
      symlinkSync(canary, join(directory, 'x'));
      symlinkSync(join(canary, 'b'), join(directory, 'a/y'));
      symlinkSync(join(canary, 'secret'), join(directory, 'z'));
      symlinkSync(join(canary, 'f'), join(directory, 'a/w'));
      const script = [
        "require('node:worker_threads');",
        'const n = require(process.argv[1]);',
        'const d = process.argv[2];',
        "const pairs = [['a','x'],['a/b','a/y'],['f','z'],['a/f','a/w']];",
        "process.stdout.write('up');",
        'for (let i = 0; ; i++) {',
        '  const [p, q] = pairs[i % 4];',
        "  try { n.renameat2(-100, d + '/' + p, -100, d + '/' + q, 2); } catch {}",
        '}',
      ].join('\n');
      const addon = join(import.meta.dirname, '../../native/build/wharf-native.node');
      const swapper = spawn(process.execPath, ['-e', script, addon, directory], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      try {
        await new Promise((resolve) => swapper.stdout.once('data', resolve));
        const kinds = new Set<string>();
        for (let i = 0; i < tries; i++) {
          const subpath = i % 4 === 0 ? 'a' : '';
          const facts = await importAll(directory, { subpath }).catch((error: unknown) => {
            expect(error).toMatchObject({ code: 'invalid-argument' });
          });
          if (facts) kinds.add(facts.digest);
        }
        expect(kinds.size).toBeGreaterThan(1);
        for (const digest of kinds) {
          for (const line of await listTree(store, digest)) {
            expect(line).not.toContain('=the canary');
          }
        }
        const found = readdirSync(store.root, { recursive: true, encoding: 'utf8' });
        const { createHash } = await import('node:crypto');
        const hex = createHash('sha256').update('the canary').digest('hex');
        expect(found).not.toContain(`${hex.slice(0, 2)}/${hex.slice(2)}`);
      } finally {
        const gone = new Promise((resolve) => swapper.once('exit', resolve));
        swapper.kill('SIGKILL');
        await gone;
      }
    },
  );
});
