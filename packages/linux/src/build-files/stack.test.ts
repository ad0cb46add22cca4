import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canMount, list, openBench } from './testing/bench.js';
import type { BuildFilesBench } from './testing/bench.js';

describe.runIf(canMount)('copying from a stack', () => {
  let bench: BuildFilesBench;
  beforeAll(() => void (bench = openBench()));
  afterAll(() => bench[Symbol.dispose]());

  test('owners, modes, names of one file, holes and attributes are as they are', async () => {
    const lower = bench.folder();
    mkdirSync(join(lower, 's/sub'), { recursive: true });
    chownSync(join(lower, 's/sub'), 5, 6);
    chmodSync(join(lower, 's/sub'), 0o1777);
    bench.native.lsetxattr(join(lower, 's/sub'), 'user.d', Buffer.from('d'));
    const file = join(lower, 's/suid');
    writeFileSync(file, 'x');
    truncateSync(file, 10 << 20);
    chownSync(file, 7, 8);
    chmodSync(file, 0o6755);
    linkSync(file, join(lower, 's/twin'));
    const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex');
    bench.native.lsetxattr(file, 'security.capability', capability);
    bench.native.lsetxattr(file, 'user.a', Buffer.from('b'));
    bench.native.lsetxattr(file, 'trusted.t', Buffer.from('b'));
    symlinkSync('/etc/passwd', join(lower, 's/link'));
    const upper = await bench.copy([bench.stackItem([lower], '/s')], '/');
    expect(list(upper)).toMatchObject({
      link: '-> /etc/passwd',
      sub: '1777 5:6 /',
      suid: expect.stringMatching(/^6755 7:8 x/) as string,
      twin: expect.stringMatching(/^6755 7:8 x/) as string,
    });
    const [suid, twin] = [statSync(join(upper, 'suid')), statSync(join(upper, 'twin'))];
    expect([suid.ino, suid.size]).toEqual([twin.ino, 10 << 20]);
    expect(suid.blocks).toBeLessThan(100);
    const value = (path: string, name: string) => {
      const bytes = bench.native.lgetxattr(join(upper, path), name);
      return bytes === null ? undefined : Buffer.from(bytes).toString();
    };
    expect(value('suid', 'user.a')).toBe('b');
    expect(value('suid', 'trusted.t')).toBeUndefined();
    expect(value('sub', 'user.d')).toBe('d');
    expect(bench.native.lgetxattr(join(upper, 'suid'), 'security.capability')).toEqual(
      new Uint8Array(capability),
    );
    const owned = await bench.copy([bench.stackItem([lower], '/s')], '/', { owner: '0:0' });
    expect(list(owned)).toMatchObject({ sub: '1777 0:0 /' });
  });

  test('layers lie on each other, what is whited out is not there', async () => {
    const [top, low] = [bench.folder(), bench.folder()];
    for (const name of ['a', 'b', 'c']) writeFileSync(join(low, name), `low ${name}`);
    writeFileSync(join(top, 'a'), 'top');
    execFileSync('mknod', [join(top, 'b'), 'c', '0', '0']);
    const expected = { a: '644 0:0 top', c: '644 0:0 low c' };
    expect(list(await bench.copy([bench.stackItem([top, low])], '/'))).toEqual(expected);
    expect(list(await bench.copy([bench.stackItem([top])], '/'))).toEqual({ a: '644 0:0 top' });
    const both = await bench.copy([bench.stackItem([top, low])], '/x', {
      place: bench.place(top, low),
    });
    expect(Object.keys(list(both))).toEqual(['x', 'x/a', 'x/c']);
    await expect(bench.copy([bench.stackItem([top, low], '/b')], '/')).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(bench.copy([bench.stackItem([], '/b')], '/')).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test('devices and FIFOs are made anew and never opened, sockets left out (B-02)', async () => {
    const lower = bench.folder();
    execFileSync('mkfifo', [join(lower, 'fifo')]);
    execFileSync('mknod', [join(lower, 'null'), 'c', '1', '3']);
    execFileSync('mknod', [join(lower, 'tty'), 'c', '5', '0']);
    const server = createServer().listen(join(lower, 'socket'));
    await new Promise((done) => server.once('listening', done));
    const upper = await bench.copy([bench.stackItem([lower])], '/');
    server.close();
    expect(list(upper)).toEqual({
      fifo: '644 0:0 (p)',
      null: '644 0:0 (c)',
      tty: '644 0:0 (c)',
    });
    expect(lstatSync(join(upper, 'null')).rdev).toBe(0x103);
    const facts = await bench.files.digest(
      { items: [bench.stackItem([lower])], exclude: [] },
      bench,
    );
    expect(facts.entries.map(({ path }) => path)).toEqual(['/fifo', '/null', '/tty']);
  });

  test('links and .. of a source stay inside (B-01)', async () => {
    const canary = join(bench.dir, 'canary');
    writeFileSync(canary, 'secret');
    const lower = bench.folder();
    const up = '../'.repeat(20);
    symlinkSync(`${up}${canary}`, join(lower, 'relative'));
    symlinkSync(canary, join(lower, 'absolute'));
    symlinkSync(bench.dir, join(lower, 'directory'));
    symlinkSync('loop', join(lower, 'loop'));
    for (const path of ['/relative', '/absolute', '/directory/canary', `/../../..${canary}`])
      await expect(bench.copy([bench.stackItem([lower], path)], '/')).rejects.toMatchObject({
        code: 'not-found',
      });
    await expect(bench.copy([bench.stackItem([lower], '/loop')], '/')).rejects.toMatchObject({
      code: 'invalid-argument',
    });
    expect(list(await bench.copy([bench.stackItem([lower])], '/'))).toMatchObject({
      absolute: `-> ${canary}`,
    });
  });

  test('a digest says what copy would take, and nothing of times', async () => {
    const make = (change: (dir: string) => void = () => undefined) => {
      const lower = bench.folder();
      mkdirSync(join(lower, 'd'));
      writeFileSync(join(lower, 'd/f'), 'f');
      writeFileSync(join(lower, 'd/skip.md'), 'm');
      change(lower);
      return bench.files.digest(
        { items: [bench.stackItem([lower], '/d')], exclude: ['*.md'] },
        bench,
      );
    };
    const plain = await make();
    expect(plain.entries.map(({ path }) => path)).toEqual(['/d/f']);
    expect(await make()).toEqual(plain);
    expect(await make((dir) => writeFileSync(join(dir, 'd/skip.md'), 'other'))).toEqual(plain);
    const others = await Promise.all([
      make((dir) => writeFileSync(join(dir, 'd/f'), 'g')),
      make((dir) => chmodSync(join(dir, 'd/f'), 0o600)),
      make((dir) => chownSync(join(dir, 'd/f'), 1, 0)),
      make((dir) => bench.native.lsetxattr(join(dir, 'd/f'), 'user.x', Buffer.from('1'))),
      make((dir) => writeFileSync(join(dir, 'd/g'), '')),
      make((dir) => {
        rmSync(join(dir, 'd/f'));
        symlinkSync('f', join(dir, 'd/f'));
      }),
    ]);
    expect(new Set([plain, ...others].map(({ digest }) => digest)).size).toBe(7);
  });

  test('a hostile root that has a /proc does not change what is read', async () => {
    const lower = bench.folder();
    mkdirSync(join(lower, 'proc/self/fd'), { recursive: true });
    for (let fd = 0; fd < 200; fd++) writeFileSync(join(lower, `proc/self/fd/${fd}`), 'evil');
    const upper = await bench.copy([bench.treeItem({ f: 'good' })], '/x/', {
      place: bench.place(lower),
    });
    expect(list(upper)).toMatchObject({ 'x/f': '644 0:0 good' });
  });
});
