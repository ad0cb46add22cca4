import {
  fstatSync,
  readFileSync,
  readlinkSync,
  statSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { AF_INET, AF_NETLINK, MNT_DETACH, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM } from './constants.js';
import { buildAndLoad, temporaryFolder } from './fixture.js';

const native = buildAndLoad();
const nsfs = 0x6e736673;

/** Of a descriptor: net:[4026531840]. */
const nameOf = (fd: number): string => readlinkSync(`/proc/self/fd/${fd}`);

/** The smallest message that asks for an ack: RTM_GETLINK of index `index`. */
function getLink(index: number, sequence: number): Buffer {
  const out = Buffer.alloc(32);
  out.writeUInt32LE(32, 0);
  out.writeUInt16LE(18, 4);
  out.writeUInt16LE(5, 6);
  out.writeUInt32LE(sequence, 8);
  out.writeInt32LE(index, 20);
  return out;
}

test('a namespace is made elsewhere, with its loopback up and its settings, and our own stays', async () => {
  const own = readlinkSync('/proc/self/ns/net');
  const fd = await native.netnsCreate([
    ['net/ipv4/ip_forward', '1'],
    ['net/nothing', '1'],
  ]);
  try {
    expect(nameOf(fd)).toMatch(/^net:\[\d+\]$/);
    expect(nameOf(fd)).not.toBe(own);
    expect(readlinkSync('/proc/self/ns/net')).toBe(own);
    const socket = await native.socketInNetns(fd, AF_NETLINK, SOCK_RAW, 0);
    const { answers } = await native.netlinkExchange(socket, getLink(1, 1), 1000);
    expect((answers[0]?.[24] ?? 0) & 1).toBe(1);
    native.close(socket);
  } finally {
    native.close(fd);
  }
  await expect(native.netnsCreate([['net/ipv4/ip_forward', 'x']])).rejects.toMatchObject({
    code: 'EINVAL',
    message: expect.stringContaining('net/ipv4/ip_forward'),
  });
});

test('a pin holds a namespace without descriptors, and goes however often it was made', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'pin');
  const fd = await native.netnsCreate([]);
  const { ino } = fstatSync(fd);
  await native.netnsPin(fd, path);
  await native.netnsPin(fd, path);
  native.close(fd);
  expect(statfsSync(path).type).toBe(nsfs);
  expect(statSync(path).ino).toBe(ino);
  await native.netnsUnpin(path);
  await native.netnsUnpin(path);
  expect(() => statfsSync(path)).toThrow(/ENOENT/);
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(path);
});

test('a pin follows no link and takes nothing but a namespace', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'file');
  writeFileSync(path, 'x');
  await expect(native.socketInNetns(path, AF_INET, SOCK_DGRAM, 0)).rejects.toMatchObject({
    code: 'EINVAL',
    syscall: 'setns',
  });
  expect(() => native.socketInNetns(join(folder.path, 'none'), AF_INET, SOCK_DGRAM, 0)).toThrow(
    /ENOENT/,
  );
  expect(() => native.netnsPin(99_999, path)).toThrow(/EBADF/);
  expect(readFileSync(path, 'utf8')).toBe('x');
});

test('sockets stay in the namespace they were opened in', async () => {
  const fd = await native.netnsCreate([]);
  const [first, second] = [
    await native.socketInNetns(fd, AF_INET, SOCK_STREAM, 0),
    await native.socketInNetns(fd, AF_INET, SOCK_STREAM, 0),
  ];
  native.bindSocket(first, '127.0.0.11', 53);
  expect(() => native.bindSocket(second, '127.0.0.11', 53)).toThrow(/EADDRINUSE/);
  expect(() => native.bindSocket(second, '192.0.2.9', 53)).toThrow(/EADDRNOTAVAIL/);
  expect(() => native.bindSocket(second, 'localhost', 53)).toThrow(/IP address/);
  await expect(native.tryBind(fd, '127.0.0.11', 53, SOCK_STREAM, 0)).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  await native.tryBind(null, '127.0.0.11', 53, SOCK_STREAM, 0);
  await native.tryBind(fd, '127.0.0.12', 53, SOCK_DGRAM, 0);
  for (const each of [first, second, fd]) native.close(each);
});

test('settings are written where they are meant, each with its own answer', async () => {
  const before = readFileSync('/proc/sys/net/ipv4/ip_default_ttl', 'utf8');
  const fd = await native.netnsCreate([]);
  const results = await native.sysctlsInNetns(fd, [
    ['net/ipv4/ip_default_ttl', '77'],
    ['net/ipv4/none', '1'],
    ['net/ipv4/ip_default_ttl', 'x'],
  ]);
  expect(results).toEqual([0, 2, 22]);
  expect(readFileSync('/proc/sys/net/ipv4/ip_default_ttl', 'utf8')).toBe(before);
  native.close(fd);
});

test('each message of an exchange has its own end, and refusals do not stop the others', async () => {
  const fd = await native.netnsCreate([]);
  const socket = await native.socketInNetns(fd, AF_NETLINK, SOCK_RAW, 0);
  const batch = Buffer.concat([getLink(77, 5), getLink(1, 6), getLink(78, 7)]);
  const { answers, refusals } = await native.netlinkExchange(socket, batch, 1000);
  expect(answers).toHaveLength(1);
  expect(refusals).toMatchObject([
    { sequence: 5, error: { code: 'ENODEV', errno: 19 } },
    { sequence: 7, error: { code: 'ENODEV' } },
  ]);
  for (const bad of [
    Buffer.alloc(0),
    Buffer.alloc(16),
    Buffer.concat([getLink(1, 1), getLink(1, 1)]),
  ]) {
    expect(() => native.netlinkExchange(socket, bad, 1000)).toThrow(/EINVAL/);
  }
  native.close(socket);
  native.close(fd);
});

test('what is heard of a group ends with the listener, which does not hold the descriptor', async () => {
  const fd = await native.netnsCreate([]);
  const heard: Uint8Array[] = [];
  const socket = await native.socketInNetns(fd, AF_NETLINK, SOCK_RAW, 12);
  const listener = native.netlinkListen(socket, [7], (headers) =>
    heard.push(headers ?? Buffer.alloc(0)),
  );
  native.close(socket);
  const { context, portIds } = await native.nftOpen(fd);
  expect(portIds.length).toBeGreaterThan(0);
  expect(await native.nftRun(context, 'add table inet a', false)).toEqual({
    applied: true,
    output: '',
    error: '',
  });
  await expect.poll(() => heard.length).toBeGreaterThan(0);
  const header = Buffer.from(heard[0] ?? []);
  expect([header.readUInt16LE(4), portIds.includes(header.readUInt32LE(12))]).toEqual([
    0x0a00,
    true,
  ]);
  native.netlinkUnlisten(listener);
  native.netlinkUnlisten(listener);
  const before = heard.length;
  await native.nftRun(context, 'add table inet b', false);
  await delay(50);
  expect(heard).toHaveLength(before);
  expect(() => native.nftRun({} as never, 'x', false)).toThrow(/EINVAL/);
  const failed = await native.nftRun(context, 'add chain inet none c', false);
  expect(failed).toMatchObject({ applied: false, error: expect.stringContaining('No such file') });
  native.close(fd);
});

test('a directory that is no pin keeps its contents', async () => {
  using folder = temporaryFolder();
  await expect(native.netnsUnpin(folder.path)).rejects.toMatchObject({ code: 'EISDIR' });
  expect(() => native.umount(folder.path, MNT_DETACH)).toThrow();
});
