import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as c from './constants.js';
import { buildAndLoad, temporaryFolder } from './fixture.js';

const native = buildAndLoad();
const root = temporaryFolder();
let dirfd: number;
let dir: string;

beforeAll(() => fs.chmodSync(root.path, 0o755));
beforeEach(() => {
  if (dirfd !== undefined) native.close(dirfd);
  dir = fs.mkdtempSync(join(root.path, 'case-'));
  dirfd = native.openat2(c.AT_FDCWD, dir, c.O_PATH | c.O_DIRECTORY, 0, 0);
});
afterAll(() => {
  native.close(dirfd);
  root.remove();
});

const code = (value: string): unknown => expect.objectContaining({ code: value });

describe('openat2', () => {
  test('creates with a mode, O_CLOEXEC always', () => {
    const fd = native.openat2(dirfd, 'file', c.O_CREAT | c.O_EXCL | c.O_WRONLY, 0o640, 0);
    const flags = /flags:\s+(\d+)/.exec(fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    native.close(fd);
    expect(fs.statSync(join(dir, 'file')).mode & 0o777).toBe(0o640);
    expect(Number.parseInt(flags ?? '0', 8) & c.O_CLOEXEC).toBe(c.O_CLOEXEC);
  });

  test('does not leave the directory with RESOLVE_BENEATH, nor the root with RESOLVE_IN_ROOT', () => {
    fs.symlinkSync('/etc/passwd', join(dir, 'out'));
    const open = (path: string, resolve: number): number =>
      native.openat2(dirfd, path, c.O_RDONLY, 0, resolve);
    expect(() => open('out', c.RESOLVE_BENEATH)).toThrow(code('EXDEV'));
    expect(() => open('../../etc/passwd', c.RESOLVE_BENEATH)).toThrow(code('EXDEV'));
    expect(() => open('out', c.RESOLVE_IN_ROOT)).toThrow(code('ENOENT'));
    expect(() => open('out', c.RESOLVE_NO_SYMLINKS)).toThrow(code('ELOOP'));
    native.close(open('out', 0));
  });
});

test('an error has code, errno, syscall, and the path without control characters', () => {
  let caught: unknown;
  try {
    native.openat2(dirfd, 'no\u001b[31m', c.O_RDONLY, 0, 0);
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(Error);
  expect(caught).toMatchObject({ code: 'ENOENT', errno: 2, syscall: 'openat2' });
  expect((caught as Error).message).toBe("ENOENT: no such file or directory, openat2 'no?[31m'");
});

test('a NUL byte in a path, or a number that is none, is refused', () => {
  const invalid = code('EINVAL');
  expect(() => native.mkdirat(dirfd, 'a\0b', 0o755)).toThrow(invalid);
  expect(() => native.mkdirat(dirfd, Buffer.from([0x61, 0]), 0o755)).toThrow(invalid);
  expect(() => native.mkdirat(Number.NaN, 'a', 0o755)).toThrow(invalid);
  expect(() => native.mkdirat(1.5, 'a', 0o755)).toThrow(invalid);
  expect(() => native.mkdirat(2 ** 40, 'a', 0o755)).toThrow(invalid);
  expect(() => native.close(undefined as unknown as number)).toThrow(invalid);
  expect(fs.readdirSync(dir)).toEqual([]);
});

test('close frees the descriptor, a second time is EBADF', () => {
  const fd = fs.openSync('/dev/null', 'r');
  native.close(fd);
  expect(() => native.close(fd)).toThrow(code('EBADF'));
});

test('mkdirat and unlinkat make and remove folders and files', () => {
  native.mkdirat(dirfd, 'folder', 0o700);
  expect(fs.statSync(join(dir, 'folder')).mode & 0o7777).toBe(0o700);
  expect(() => native.unlinkat(dirfd, 'folder', 0)).toThrow(code('EISDIR'));
  native.unlinkat(dirfd, 'folder', c.AT_REMOVEDIR);
  fs.writeFileSync(join(dir, 'file'), '');
  native.unlinkat(dirfd, 'file', 0);
  expect(fs.readdirSync(dir)).toEqual([]);
});

test('mknodat makes devices, whiteouts and fifos', () => {
  native.mknodat(dirfd, 'null', c.S_IFCHR | 0o666, 1, 3);
  native.mknodat(dirfd, 'whiteout', c.S_IFCHR, 0, 0);
  native.mknodat(dirfd, 'fifo', c.S_IFIFO | 0o600, 0, 0);
  expect(fs.statSync(join(dir, 'null')).rdev).toBe(0x103);
  expect(fs.statSync(join(dir, 'whiteout')).rdev).toBe(0);
  expect(fs.statSync(join(dir, 'fifo')).isFIFO()).toBe(true);
  expect(() => native.mknodat(dirfd, 'x', c.S_IFCHR, 5000, 0)).toThrow(code('EINVAL'));
});

test('names and link targets are bytes', () => {
  const name = Buffer.from([0x66, 0xff, 0xfe]);
  const target = Buffer.concat([Buffer.from([0x80]), Buffer.alloc(3000, 0x61)]);
  native.symlinkat(target, dirfd, name);
  expect(Buffer.from(native.readlinkat(dirfd, name))).toEqual(target);
  expect(fs.readdirSync(dir, { encoding: 'buffer' })).toEqual([name]);
  expect(() => native.readlinkat(dirfd, 'missing')).toThrow(code('ENOENT'));
});

test('linkat links the symbolic link itself unless told to follow', () => {
  fs.writeFileSync(join(dir, 'file'), '');
  fs.symlinkSync('file', join(dir, 'link'));
  native.linkat(dirfd, 'link', dirfd, 'same', 0);
  native.linkat(dirfd, 'link', dirfd, 'followed', c.AT_SYMLINK_FOLLOW);
  expect(fs.lstatSync(join(dir, 'same')).isSymbolicLink()).toBe(true);
  expect(fs.lstatSync(join(dir, 'followed')).isFile()).toBe(true);
});

test('renameat2 can refuse to replace, and exchange', () => {
  fs.writeFileSync(join(dir, 'a'), 'a');
  fs.writeFileSync(join(dir, 'b'), 'b');
  const rename = (flags: number): void => native.renameat2(dirfd, 'a', dirfd, 'b', flags);
  expect(() => rename(c.RENAME_NOREPLACE)).toThrow(code('EEXIST'));
  rename(c.RENAME_EXCHANGE);
  expect(fs.readFileSync(join(dir, 'a'), 'utf8')).toBe('b');
  rename(0);
  expect(fs.readdirSync(dir)).toEqual(['b']);
});

test('fchownat takes any 32-bit uid, -1 for none, and the link itself', () => {
  fs.symlinkSync('/etc/passwd', join(dir, 'link'));
  native.fchownat(dirfd, 'link', 4_000_000_000, 12, c.AT_SYMLINK_NOFOLLOW);
  native.fchownat(dirfd, 'link', -1, 13, c.AT_SYMLINK_NOFOLLOW);
  expect(fs.lstatSync(join(dir, 'link'))).toMatchObject({ uid: 4_000_000_000, gid: 13 });
  expect(fs.statSync('/etc/passwd').uid).toBe(0);
});

test('fchmodat keeps set-uid bits, does not pass a symbolic link, and takes a pinned file', () => {
  fs.writeFileSync(join(dir, 'file'), '');
  fs.symlinkSync('file', join(dir, 'link'));
  native.fchmodat(dirfd, 'file', 0o4711);
  expect(() => native.fchmodat(dirfd, 'link', 0o777)).toThrow(code('ENOTSUP'));
  expect(fs.statSync(join(dir, 'file')).mode & 0o7777).toBe(0o4711);
  const pinned = native.openat2(dirfd, 'file', c.O_PATH, 0, 0);
  native.fchmodat(pinned, '', 0o600);
  native.close(pinned);
  expect(fs.statSync(join(dir, 'file')).mode & 0o7777).toBe(0o600);
});

test('utimensat is exact to the nanosecond, before 1970 and past 2038', () => {
  fs.symlinkSync('gone', join(dir, 'link'));
  const atime = { sec: -2n, nsec: 123_456_789 };
  const mtime = { sec: 5_000_000_000n, nsec: 999_999_999 };
  native.utimensat(dirfd, 'link', atime, mtime, c.AT_SYMLINK_NOFOLLOW);
  const seen = fs.lstatSync(join(dir, 'link'), { bigint: true });
  expect(seen.atimeNs).toBe(-2n * 1_000_000_000n + 123_456_789n);
  expect(seen.mtimeNs).toBe(5_000_000_000_999_999_999n);
  const omit = { sec: 0n, nsec: c.UTIME_OMIT };
  native.utimensat(dirfd, 'link', omit, { sec: 1n, nsec: 0 }, c.AT_SYMLINK_NOFOLLOW);
  expect(fs.lstatSync(join(dir, 'link'), { bigint: true }).mtimeNs).toBe(1_000_000_000n);
  const wrong = { sec: 0n, nsec: 1_000_000_000 };
  expect(() => native.utimensat(dirfd, 'link', wrong, wrong, 0x100)).toThrow(code('EINVAL'));
});

test('extended attributes keep every byte, on files and on links', () => {
  const file = join(dir, 'file');
  fs.writeFileSync(file, '');
  fs.symlinkSync('file', join(dir, 'link'));
  const value = Uint8Array.from({ length: 256 }, (_, i) => i);
  native.lsetxattr(file, 'user.bytes', value);
  native.lsetxattr(file, 'user.empty', new Uint8Array());
  native.lsetxattr(join(dir, 'link'), 'trusted.link', value.subarray(3, 5));
  expect(native.lgetxattr(file, 'user.bytes')).toEqual(value);
  expect(native.lgetxattr(file, 'user.empty')).toEqual(new Uint8Array());
  expect(native.lgetxattr(file, 'user.none')).toBeNull();
  expect(native.lgetxattr(join(dir, 'link'), 'trusted.link')).toEqual(Uint8Array.of(3, 4));
  const names = native.llistxattr(file).map((name) => Buffer.from(name).toString());
  expect(names.filter((name) => name.startsWith('user.')).toSorted()).toEqual([
    'user.bytes',
    'user.empty',
  ]);
  const fd = fs.openSync(file, 'r+');
  native.fsetxattr(fd, 'user.fd', value);
  fs.closeSync(fd);
  expect(native.lgetxattr(file, 'user.fd')).toEqual(value);
  expect(() => native.lgetxattr(join(dir, 'gone'), 'user.x')).toThrow(code('ENOENT'));
});

test('syncfs takes a directory and nothing else', async () => {
  fs.writeFileSync(join(dir, 'file'), 'x');
  await expect(native.syncfs(dir)).resolves.toBeUndefined();
  expect(() => native.syncfs(join(dir, 'file'))).toThrow(code('ENOTDIR'));
  expect(() => native.syncfs(join(dir, 'missing'))).toThrow(code('ENOENT'));
});

test('flock is exclusive between open files and ends with the descriptor', () => {
  const open = (): number => fs.openSync(join(dir, 'lock'), 'w');
  const [first, second, third] = [open(), open(), open()];
  expect(native.flock(first, true)).toBe(true);
  expect(native.flock(second, true)).toBe(false);
  expect(native.flock(second, false)).toBe(false);
  fs.closeSync(first);
  expect(native.flock(second, false)).toBe(true);
  expect(native.flock(third, false)).toBe(true);
  expect(native.flock(third, true)).toBe(false);
  fs.closeSync(second);
  fs.closeSync(third);
});
