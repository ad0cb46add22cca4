import { readlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { buildAndLoad, inOwnNamespace, temporaryFolder } from './fixture.js';

buildAndLoad();

test('mount makes a tmpfs with its options and umount takes it away', async () => {
  using dir = temporaryFolder();
  const seen = await inOwnNamespace(dir.path, ({ native, fs, c, dir }) => {
    native.mount('store', dir, 'tmpfs', c.MS_NODEV | c.MS_NOEXEC, 'size=1m,mode=0700');
    const line = fs
      .readFileSync('/proc/thread-self/mountinfo', 'utf8')
      .split('\n')
      .find((text) => text.includes(` ${dir} `));
    native.umount(dir, c.MNT_DETACH);
    return { line, after: native.openat2(c.AT_FDCWD, dir, c.O_PATH, 0, 0) > 0 };
  });
  expect(seen.line).toMatch(/nodev,noexec.* - tmpfs store rw,size=1024k,mode=700/);
  expect(seen.after).toBe(true);
});

test('mount and umount report the errno of the kernel', async () => {
  using dir = temporaryFolder();
  const codes = await inOwnNamespace(dir.path, ({ native, dir, codeOf }) => [
    codeOf(() => native.mount('x', `${dir}/missing`, 'tmpfs', 0, null)),
    codeOf(() => native.mount('x', dir, 'nosuchfs', 0, null)),
    codeOf(() => native.mount('x', dir, 'tmpfs', 0, 'bogus=1')),
    codeOf(() => native.umount(dir, 0)),
  ]);
  expect(codes).toEqual(['ENOENT', 'ENODEV', 'EINVAL', 'EINVAL']);
});

test('a tree that openTree copied is made read-only and moved onto a pinned target', async () => {
  using dir = temporaryFolder();
  const seen = await inOwnNamespace(dir.path, ({ native, fs, c, dir, codeOf }) => {
    fs.mkdirSync(`${dir}/source`);
    fs.mkdirSync(`${dir}/target`);
    fs.writeFileSync(`${dir}/source/file`, 'text');
    const tree = native.openTree(`${dir}/source`, true);
    native.mountSetattr(tree, true, c.MOUNT_ATTR_RDONLY | c.MOUNT_ATTR_NOSUID, 0, c.MS_PRIVATE);
    const target = native.openat2(c.AT_FDCWD, `${dir}/target`, c.O_PATH, 0, c.RESOLVE_NO_SYMLINKS);
    native.moveMount(tree, target);
    return {
      text: fs.readFileSync(`${dir}/target/file`, 'utf8'),
      write: codeOf(() => fs.writeFileSync(`${dir}/target/file`, 'other')),
      source: codeOf(() => fs.writeFileSync(`${dir}/source/file`, 'other')),
      twice: codeOf(() => native.moveMount(native.openTree(`${dir}/missing`, false), target)),
    };
  });
  expect(seen).toEqual({ text: 'text', write: 'EROFS', source: 'none', twice: 'ENOENT' });
});

test('a thread in the jail sees the folder as its root, and links that point out stay inside', async () => {
  using dir = temporaryFolder();
  const seen = await inOwnNamespace(dir.path, ({ native, fs, dir, codeOf }) => {
    fs.mkdirSync(`${dir}/etc`);
    fs.writeFileSync(`${dir}/etc/inside`, 'jail');
    fs.symlinkSync('/etc/passwd', `${dir}/absolute`);
    fs.symlinkSync('../../../../../../etc/passwd', `${dir}/upwards`);
    native.enterJail(dir);
    return {
      root: fs.readdirSync('/').toSorted(),
      text: fs.readFileSync('/etc/inside', 'utf8'),
      absolute: codeOf(() => fs.readFileSync('/absolute')),
      upwards: codeOf(() => fs.readFileSync('/upwards')),
    };
  });
  expect(seen).toEqual({
    root: ['absolute', 'etc', 'upwards'],
    text: 'jail',
    absolute: 'ENOENT',
    upwards: 'ENOENT',
  });
  expect(readlinkSync('/proc/self/root')).toBe('/');
});

test('a thread that was chrooted by descriptor and gave up its capabilities cannot leave or mount', async () => {
  using dir = temporaryFolder();
  const seen = await inOwnNamespace(dir.path, ({ native, fs, c, dir, codeOf }) => {
    fs.mkdirSync(`${dir}/inner`);
    fs.symlinkSync('/etc/passwd', `${dir}/inner/link`);
    const flags = c.O_PATH | c.O_DIRECTORY;
    const outside = native.openat2(c.AT_FDCWD, dir, flags, 0, 0);
    const inside = native.openat2(c.AT_FDCWD, `${dir}/inner`, flags, 0, 0);
    native.chroot(inside);
    const chown = 0;
    native.keepCapabilities(2 ** chown);
    return {
      root: fs.readdirSync('/'),
      link: codeOf(() => fs.readFileSync('/link')),
      leave: codeOf(() => native.chroot(outside)),
      mount: codeOf(() => native.mount('x', '/', 'tmpfs', 0, null)),
      chown: codeOf(() => fs.lchownSync('/link', 7, 7)),
    };
  });
  expect(seen).toEqual({
    root: ['link'],
    link: 'ENOENT',
    leave: 'EPERM',
    mount: 'EPERM',
    chown: 'none',
  });
});

test('a jail needs a folder', async () => {
  const codes = await inOwnNamespace('/', ({ native, codeOf }) => [
    codeOf(() => native.enterJail('/missing')),
    codeOf(() => native.enterJail('/etc/passwd')),
  ]);
  expect(codes).toEqual(['ENOENT', 'ENOTDIR']);
});

test('unshare and setns move the calling thread alone between network namespaces', async () => {
  const here = readlinkSync('/proc/self/ns/net');
  const seen = await inOwnNamespace('/', ({ native, fs, c, codeOf }) => {
    const mine = (): string => fs.readlinkSync('/proc/thread-self/ns/net');
    const first = mine();
    const home = native.openat2(c.AT_FDCWD, '/proc/thread-self/ns/net', c.O_RDONLY, 0, 0);
    native.unshare(c.CLONE_NEWNET);
    const second = mine();
    const others = fs.readlinkSync('/proc/self/ns/net');
    const wrong = codeOf(() => native.setns(home, c.CLONE_NEWUTS));
    native.setns(home, c.CLONE_NEWNET);
    return { first, second, others, wrong, third: mine() };
  });
  expect(seen).toMatchObject({ first: here, others: here, wrong: 'EINVAL', third: here });
  expect(seen.second).not.toBe(here);
});
