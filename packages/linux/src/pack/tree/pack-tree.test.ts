import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildAndLoad } from '../../../native/fixture.js';
import { collect } from '../../tar/testing/collect.js';
import { packTree } from './pack-tree.js';
import type { PackTreeOptions } from './pack-tree.js';

const native = buildAndLoad();

describe.runIf(process.getuid?.() === 0)('packTree', () => {
  let dir: string;
  let count = 0;
  beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), 'wharf-pack-'))));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const place = () => {
    const path = join(dir, `case-${count++}`);
    mkdirSync(path);
    return path;
  };
  const pack = (root: string, options: Partial<PackTreeOptions> = {}) => {
    const rootFd = openSync(root, 'r');
    const chunks: Buffer[] = [];
    try {
      const result = packTree((chunk) => chunks.push(Buffer.from(chunk)), {
        native,
        rootFd,
        ...options,
      });
      return { bytes: Buffer.concat(chunks), result };
    } finally {
      closeSync(rootFd);
    }
  };
  const names = (bytes: Buffer) => collect(bytes).map(({ entry }) => entry.path.toString('latin1'));

  test('everything that an archive can hold is in it, in the order of the names', () => {
    const root = place();
    mkdirSync(join(root, 'd'));
    writeFileSync(join(root, 'd/f'), 'hello');
    chownSync(join(root, 'd/f'), 4294967294, 3000000);
    chmodSync(join(root, 'd/f'), 0o4751);
    linkSync(join(root, 'd/f'), join(root, 'z'));
    symlinkSync('../x', join(root, 'l'));
    execFileSync('mknod', [join(root, 'c'), 'c', '5', '300']);
    execFileSync('mkfifo', [join(root, 'p')]);
    writeFileSync(Buffer.concat([Buffer.from(root), Buffer.from([0x2f, 0xff])]), '');
    native.lsetxattr(join(root, 'd/f'), 'user.k', Buffer.from([0, 255]));
    native.lsetxattr(join(root, 'd'), 'trusted.overlay.opaque', Buffer.from('y'));
    const before1970 = { sec: -6n, nsec: 500_000_000 };
    native.utimensat(-100, join(root, 'd'), before1970, before1970, 0);
    const { bytes, result } = pack(root);
    expect(names(bytes)).toEqual(['c', 'd/', 'd/f', 'l', 'p', 'z', '\u00ff']);
    const [c, d, f, l, , z] = collect(bytes).map(({ entry }) => entry);
    expect(c).toMatchObject({ type: 'character', major: 5, minor: 300 });
    expect(d?.xattrs.size).toBe(0);
    expect(d?.mtime).toEqual({ sec: -6n, nsec: 0 });
    expect(f).toMatchObject({ mode: 0o4751, uid: 4294967294, gid: 3000000, size: 5 });
    expect(f?.xattrs).toEqual(new Map([['user.k', Buffer.from([0, 255])]]));
    expect(l?.link.toString()).toBe('../x');
    expect(z).toMatchObject({ type: 'hardlink', mode: 0o4751 });
    expect(z?.link.toString()).toBe('d/f');
    expect(result).toEqual({
      entries: 7,
      bytes: bytes.length,
      leftOut: { sockets: 0, changed: 0, reserved: 0 },
    });
  });

  test('a part of the tree gets the name that is given', () => {
    const root = place();
    mkdirSync(join(root, 'a/b/c'), { recursive: true });
    writeFileSync(join(root, 'a/b/f'), 'x');
    linkSync(join(root, 'a/b/f'), join(root, 'a/b/g'));
    symlinkSync('/etc', join(root, 'a/l'));
    const { bytes } = pack(root, { path: '/a/b', name: 'new' });
    expect(names(bytes)).toEqual(['new/', 'new/c/', 'new/f', 'new/g']);
    expect(collect(bytes)[3]?.entry.link.toString()).toBe('new/f');
    expect(names(pack(root, { path: 'a/b' }).bytes)).toEqual(['c/', 'f', 'g']);
    expect(names(pack(root, { path: 'a/b/f', name: 'n' }).bytes)).toEqual(['n']);
    expect(collect(pack(root, { path: 'a/l', name: 'l' }).bytes)[0]?.entry.type).toBe('symlink');
    expect(() => pack(root, { path: 'a/b/f' })).toThrow(/needs a name/);
    expect(() => pack(root, { path: 'a/none', name: 'x' })).toThrow(
      expect.objectContaining({ code: 'not-found' }) as Error,
    );
    expect(() => pack(root, { path: 'a/l/passwd', name: 'x' })).toThrow(
      expect.objectContaining({ code: 'not-found' }) as Error,
    );
  });

  test('times are cut to the second and to the epoch that is given, or exact', () => {
    const root = place();
    symlinkSync('x', join(root, 'l'));
    lutimesSync(join(root, 'l'), 1, 1700000000.5);
    const timeOf = (options: Partial<PackTreeOptions>) =>
      collect(pack(root, options).bytes)[0]?.entry.mtime;
    expect(timeOf({})).toEqual({ sec: 1700000000n, nsec: 0 });
    expect(timeOf({ exactTimes: true })).toEqual({ sec: 1700000000n, nsec: 500000000 });
    expect(timeOf({ epochSeconds: 7 })).toEqual({ sec: 7n, nsec: 0 });
    expect(timeOf({ epochSeconds: 1800000000 })).toEqual({ sec: 1700000000n, nsec: 0 });
  });

  test('sockets are counted, mounts are not entered, what is not included is left out', async () => {
    const root = place();
    for (const name of ['m', 'skip']) mkdirSync(join(root, name));
    writeFileSync(join(root, 'skip/f'), '');
    const server = createServer().listen(join(root, 's'));
    await new Promise((resolve) => server.once('listening', resolve));
    native.mount('/proc', join(root, 'm'), null, 0x1000, null);
    try {
      const { bytes, result } = pack(root, { include: (path) => path !== 'skip' });
      expect(names(bytes)).toEqual(['m/']);
      expect(result.leftOut.sockets).toBe(1);
    } finally {
      native.umount(join(root, 'm'), 2);
      server.close();
    }
  });

  test('deep trees end with an error, those below the limit do not', () => {
    const root = place();
    const dig = (depth: number, name: string) => {
      let fd = native.openat2(-100, root, 0o200000, 0, 0);
      for (let at = 0; at < depth; at++) {
        native.mkdirat(fd, name, 0o755);
        const next = native.openat2(fd, name, 0o200000, 0, 0);
        native.close(fd);
        fd = next;
      }
      native.mknodat(fd, 'end', 0o100644, 0, 0);
      native.close(fd);
    };
    dig(500, 'abc');
    const { bytes, result } = pack(root);
    expect(result.entries).toBe(501);
    expect(names(bytes).at(-1)).toBe(`${'abc/'.repeat(500)}end`);
    dig(3000, 'd');
    expect(() => pack(root)).toThrow(
      expect.objectContaining({ code: 'failed-precondition' }) as Error,
    );
    execFileSync('rm', ['-rf', root]);
  });

  test('no descriptor stays open', () => {
    const root = place();
    mkdirSync(join(root, 'a/b/c'), { recursive: true });
    writeFileSync(join(root, 'a/b/f'), 'x');
    const open = () => readdirSync('/proc/self/fd').length;
    pack(root);
    const before = open();
    let asked = 0;
    expect(() => pack(root, { stopped: () => ++asked > 3 })).toThrow(/cancel/);
    pack(root);
    expect(open()).toBeLessThanOrEqual(before);
  });
});
