import { constants } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addon, buildAndLoad } from './fixture.js';
import { loadNative, SIGNALS } from './index.js';
import type { Native } from './index.js';

const native = buildAndLoad();

/** Every call of the interface: a call added to it without a line here does not compile. */
const calls: Record<keyof Native, true> = {
  mount: true,
  umount: true,
  overlayMount: true,
  overlayDetached: true,
  canDetachOverlay: true,
  openTree: true,
  moveMount: true,
  mountSetattr: true,
  enterJail: true,
  chroot: true,
  unshare: true,
  setns: true,
  openat2: true,
  close: true,
  mkdirat: true,
  mknodat: true,
  symlinkat: true,
  linkat: true,
  unlinkat: true,
  renameat2: true,
  readlinkat: true,
  fchownat: true,
  fchmodat: true,
  utimensat: true,
  lsetxattr: true,
  lgetxattr: true,
  llistxattr: true,
  fsetxattr: true,
  readDirectory: true,
  openRegular: true,
  statAt: true,
  readPlainFile: true,
  copyTree: true,
  copyContent: true,
  placeFile: true,
  spreadDirectories: true,
  canReflink: true,
  idmapMount: true,
  limitDirectory: true,
  listxattrAt: true,
  getxattrAt: true,
  removexattrAt: true,
  flock: true,
  syncfs: true,
  spawnDetached: true,
  waitpid: true,
  pidfdOpen: true,
  pidfdSendSignal: true,
  prctl: true,
  setrlimit: true,
  keepCapabilities: true,
  dropProgramPages: true,
  trimHeap: true,
  peerCredentials: true,
  receiveFd: true,
  sendFd: true,
  unixListen: true,
  unixConnect: true,
  accept: true,
  openPty: true,
  setWindowSize: true,
  getWindowSize: true,
  pipe: true,
  setNonblocking: true,
  setPipeSize: true,
  setSendBuffer: true,
  netlinkRequest: true,
  netlinkExchange: true,
  netlinkListen: true,
  netlinkUnlisten: true,
  netnsCreate: true,
  netnsPin: true,
  netnsUnpin: true,
  socketInNetns: true,
  sysctlsInNetns: true,
  bindSocket: true,
  tryBind: true,
  nftOpen: true,
  nftRun: true,
  compileSeccomp: true,
};

test('the addon has the calls of its interface and no others', () => {
  expect(Object.keys(native).toSorted()).toEqual(Object.keys(calls).toSorted());
});

test('loadNative finds the addon of the source tree and takes another path', () => {
  expect(Object.keys(loadNative())).toEqual(Object.keys(loadNative(addon)));
  expect(() => loadNative(join(addon, 'missing'))).toThrow();
});

test('the signal table agrees with the runtime', () => {
  expect(SIGNALS).toMatchObject(constants.signals);
});

test('calls without arguments throw and do not crash', () => {
  const free = new Set<string>([
    'openPty',
    'pipe',
    'dropProgramPages',
    'trimHeap',
    'nftOpen',
    'canDetachOverlay',
  ]);
  for (const name of Object.keys(calls) as (keyof Native)[]) {
    if (free.has(name)) continue;
    expect(() => (native[name] as () => unknown)(), name).toThrow(/^EINVAL/);
  }
});
