import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { O_CLOEXEC, O_NONBLOCK } from './constants.js';
import { buildAndLoad, temporaryFolder } from './fixture.js';

const native = buildAndLoad();
let dir: fs.DisposableTempDir;
let open: number[];

const keep = (fd: number): number => {
  open.push(fd);
  return fd;
};

beforeEach(() => {
  dir = temporaryFolder();
  open = [];
});
afterEach(() => {
  for (const fd of open) native.close(fd);
  dir.remove();
});

/** Both ends of a connection. */
function pair(): readonly [number, number] {
  const path = join(dir.path, 'socket');
  const listener = keep(native.unixListen(path, 5));
  const client = keep(native.unixConnect(path));
  return [client, keep(native.accept(listener, 1000))];
}

const code = (value: string): unknown => expect.objectContaining({ code: value });

test('a listening socket is 0600 whatever the umask, and does not take a path that exists', () => {
  const path = join(dir.path, 'socket');
  const before = process.umask(0);
  try {
    keep(native.unixListen(path, 5));
  } finally {
    process.umask(before);
  }
  expect(fs.statSync(path).mode & 0o7777).toBe(0o600);
  expect(() => native.unixListen(path, 5)).toThrow(code('EADDRINUSE'));
  expect(() => native.unixListen(`${path}${'x'.repeat(108)}`, 5)).toThrow(code('ENAMETOOLONG'));
  expect(() => native.unixListen('', 5)).toThrow(code('EINVAL'));
  expect(() => native.unixConnect(`${path}x`)).toThrow(code('ENOENT'));
});

test('accept waits for its time and no longer', () => {
  const listener = keep(native.unixListen(join(dir.path, 'socket'), 5));
  const start = performance.now();
  expect(() => native.accept(listener, 50)).toThrow(code('ETIMEDOUT'));
  expect(performance.now() - start).toBeGreaterThanOrEqual(45);
  expect(() => native.accept(1_000_000, 50)).toThrow(code('EBADF'));
});

test('a socket takes as much at once as its send buffer is told to hold', () => {
  const [client] = pair();
  native.setNonblocking(client);
  native.setSendBuffer(client, 1024 * 1024);
  expect(fs.writeSync(client, Buffer.alloc(900_000))).toBe(900_000);
  expect(() => native.setSendBuffer(1_000_000, 65_536)).toThrow(code('EBADF'));
});

test('peerCredentials are those of the process at the other end', () => {
  const [client] = pair();
  expect(native.peerCredentials(client)).toEqual({ pid: process.pid, uid: 0, gid: 0 });
  const file = keep(fs.openSync('/dev/null', 'r'));
  expect(() => native.peerCredentials(file)).toThrow(code('ENOTSOCK'));
});

test('a descriptor travels with its bytes and arrives with O_CLOEXEC', () => {
  const [client, server] = pair();
  const path = join(dir.path, 'file');
  fs.writeFileSync(path, 'content');
  const sent = fs.openSync(path, 'r');
  native.sendFd(client, sent, Buffer.from('console'));
  fs.closeSync(sent);
  const { fd, data } = native.receiveFd(server, 1000);
  expect(Buffer.from(data).toString()).toBe('console');
  expect(fs.readFileSync(fd, 'utf8')).toBe('content');
  const flags = /flags:\s+(\d+)/.exec(fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
  expect(flags).toMatch(/^02/);
  native.close(fd);
});

test('a message without a descriptor has -1, the end of the stream no data', () => {
  const [client, server] = pair();
  fs.writeSync(client, 'plain');
  const plain = native.receiveFd(server, 1000);
  expect([plain.fd, Buffer.from(plain.data).toString()]).toEqual([-1, 'plain']);
  expect(() => native.receiveFd(server, 20)).toThrow(code('ETIMEDOUT'));
  native.close(open.splice(open.indexOf(client), 1)[0] ?? -1);
  expect(native.receiveFd(server, 1000)).toEqual({ fd: -1, data: new Uint8Array() });
});

test('sendFd refuses an empty message, a closed descriptor and a peer that is gone', () => {
  const [client, server] = pair();
  expect(() => native.sendFd(client, 0, new Uint8Array())).toThrow(code('EINVAL'));
  expect(() => native.sendFd(client, 1_000_000, Uint8Array.of(1))).toThrow(code('EBADF'));
  native.close(open.splice(open.indexOf(server), 1)[0] ?? -1);
  expect(() => native.sendFd(client, 0, Uint8Array.of(1))).toThrow(code('EPIPE'));
});

test('a pseudoterminal has two ends and a window size', () => {
  const pty = native.openPty();
  keep(pty.master);
  keep(pty.slave);
  native.setWindowSize(pty.master, 50, 132);
  expect(native.getWindowSize(pty.slave)).toEqual({ rows: 50, columns: 132 });
  fs.writeSync(pty.master, 'typed\n');
  const buffer = Buffer.alloc(64);
  expect(buffer.toString('utf8', 0, fs.readSync(pty.slave, buffer))).toBe('typed\n');
  expect(fs.readlinkSync(`/proc/self/fd/${pty.slave}`)).toMatch(/^\/dev\/pts\/\d+$/);
  expect(() => native.setWindowSize(pty.master, 70_000, 1)).toThrow(code('EINVAL'));
  expect(() => native.getWindowSize(keep(fs.openSync('/dev/null', 'r')))).toThrow(code('ENOTTY'));
});

test('a pipe is O_CLOEXEC and may be made non-blocking', () => {
  const ends = native.pipe();
  keep(ends.read);
  keep(ends.write);
  const flags = (fd: number): number => {
    const text = fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
    return Number.parseInt(/flags:\s+(\d+)/.exec(text)?.[1] ?? '0', 8);
  };
  expect(flags(ends.read) & O_CLOEXEC).toBe(O_CLOEXEC);
  native.setNonblocking(ends.read);
  expect([flags(ends.read) & O_NONBLOCK, flags(ends.write) & O_NONBLOCK]).toEqual([O_NONBLOCK, 0]);
  fs.writeSync(ends.write, 'x');
  const buffer = Buffer.alloc(2);
  expect(fs.readSync(ends.read, buffer)).toBe(1);
  expect(() => fs.readSync(ends.read, buffer)).toThrow(code('EAGAIN'));
  expect(() => native.setNonblocking(1_000_000)).toThrow(code('EBADF'));
});

test('a pipe holds as much as it is told, and a file is none', () => {
  const ends = native.pipe();
  keep(ends.read);
  keep(ends.write);
  expect(native.setPipeSize(ends.read, 500_000)).toBe(512 * 1024);
  native.setNonblocking(ends.write);
  expect(fs.writeSync(ends.write, Buffer.alloc(600_000))).toBe(512 * 1024);
  expect(() => native.setPipeSize(1_000_000, 65_536)).toThrow(code('EBADF'));
});
