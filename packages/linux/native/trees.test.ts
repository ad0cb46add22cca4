import {
  chmodSync,
  chownSync,
  closeSync,
  type Stats,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AT_FDCWD, O_DIRECTORY, O_PATH } from './constants.js';
import { buildAndLoad, temporaryFolder } from './fixture.js';

const native = buildAndLoad();
const root = process.getuid?.() === 0;

async function copy(from: string, to: string, reflink = false): Promise<number> {
  mkdirSync(to);
  const fds = [from, to].map((path) => native.openat2(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0, 0));
  try {
    return await native.copyTree(fds[0] ?? -1, fds[1] ?? -1, reflink);
  } finally {
    for (const fd of fds) native.close(fd);
  }
}

test.skipIf(!root)('a copy of a tree is what the tree is', async () => {
  using folder = temporaryFolder();
  const [from, to] = [join(folder.path, 'from'), join(folder.path, 'to')];
  mkdirSync(join(from, 'a/b'), { recursive: true });
  writeFileSync(join(from, 'a/file'), 'text');
  chownSync(join(from, 'a/file'), 7, 8);
  chmodSync(join(from, 'a/file'), 0o6751);
  linkSync(join(from, 'a/file'), join(from, 'a/b/other'));
  symlinkSync('/nowhere', join(from, 'link'));
  native.mknodat(AT_FDCWD, join(from, 'pipe'), 0o010640, 0, 0);
  native.lsetxattr(join(from, 'a'), 'user.key', Buffer.from('value'));
  const holes = openSync(join(from, 'holes'), 'w');
  ftruncateSync(holes, 64 << 20);
  writeSync(holes, 'end', (64 << 20) - 3);
  closeSync(holes);
  utimesSync(join(from, 'a'), 1000.25, 2000.5);
  chmodSync(from, 0o701);

  expect(await copy(from, to)).toBe(7);
  expect(readdirSync(to, { recursive: true }).sort()).toEqual(
    readdirSync(from, { recursive: true }).sort(),
  );
  for (const name of ['.', 'a', 'a/b', 'a/file', 'link', 'pipe', 'holes']) {
    const [was, is] = [lstatSync(join(from, name)), lstatSync(join(to, name))];
    expect({ name, ...pick(is) }).toEqual({ name, ...pick(was) });
  }
  expect(lstatSync(join(to, 'a/b/other')).ino).toBe(lstatSync(join(to, 'a/file')).ino);
  expect(readlinkSync(join(to, 'link'))).toBe('/nowhere');
  expect(native.lgetxattr(join(to, 'a'), 'user.key')).toEqual(new Uint8Array(Buffer.from('value')));
  expect(lstatSync(join(to, 'holes')).blocks).toBeLessThan(1000);
  expect(readFileSync(join(to, 'holes')).subarray(-3).toString()).toBe('end');
});

function pick({ mode, uid, gid, size, nlink, mtimeMs }: Stats): object {
  return { mode, uid, gid, nlink, mtimeMs, size: (mode & 0o170000) === 0o040000 ? 0 : size };
}

test('a copy that may share blocks alone is refused where the file system cannot', async () => {
  using folder = temporaryFolder();
  const from = join(folder.path, 'from');
  mkdirSync(from);
  writeFileSync(join(from, 'file'), 'text');
  const copied = copy(from, join(folder.path, 'to'), true);
  if (native.canReflink(folder.path)) expect(await copied).toBe(1);
  else await expect(copied).rejects.toMatchObject({ syscall: 'ioctl' });
});

test('names that are there already are not written over', async () => {
  using folder = temporaryFolder();
  const [from, to] = [join(folder.path, 'from'), join(folder.path, 'to')];
  mkdirSync(from);
  writeFileSync(join(from, 'file'), 'text');
  await copy(from, to);
  const fds = [from, to].map((path) => native.openat2(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0, 0));
  const again = native.copyTree(fds[0] ?? -1, fds[1] ?? -1, false);
  await expect(again).rejects.toMatchObject({ code: 'EEXIST' });
  for (const fd of fds) native.close(fd);
});

test('a directory is not limited where the file system enforces no quotas of projects', () => {
  using folder = temporaryFolder();
  expect(() => native.limitDirectory('/dev', 77, 1n << 20n)).toThrow(/quotactl_fd/);
  expect(() => native.limitDirectory(join(folder.path, 'none'), 77, 1n)).toThrow('ENOENT');
});

test('copyContent keeps bytes and holes, of small and large files', () => {
  using folder = temporaryFolder();
  const dir = folder.path;
  for (const size of [0, 5, 1 << 17, (1 << 20) + 3]) {
    const [from, to] = [join(dir, `from-${size}`), join(dir, `to-${size}`)];
    const bytes = Buffer.alloc(size, `${size}`);
    writeFileSync(from, bytes);
    const fds = [openSync(from, 'r'), openSync(to, 'w')] as const;
    truncateSync(from, size + 4_000_000);
    expect(native.copyContent(...fds)).toBe(size + 4_000_000);
    fds.forEach((fd) => closeSync(fd));
    expect(readFileSync(to).equals(readFileSync(from))).toBe(true);
    expect(lstatSync(to).blocks).toBeLessThan(4000);
  }
});

test('removexattrAt takes an attribute of the entry itself', () => {
  using folder = temporaryFolder();
  const dir = folder.path;
  writeFileSync(join(dir, 'f'), '');
  native.lsetxattr(join(dir, 'f'), 'user.a', Buffer.from('1'));
  native.lsetxattr(dir, 'user.a', Buffer.from('1'));
  const fd = native.openat2(AT_FDCWD, dir, O_PATH | O_DIRECTORY, 0, 0);
  native.removexattrAt(fd, 'f', 'user.a');
  native.removexattrAt(fd, 'f', 'user.a');
  expect(native.llistxattr(join(dir, 'f'))).toEqual([]);
  native.removexattrAt(fd, '', 'user.a');
  expect(native.llistxattr(dir)).toEqual([]);
  expect(() => native.removexattrAt(fd, 'none', 'user.a')).toThrow('ENOENT');
  native.close(fd);
});
