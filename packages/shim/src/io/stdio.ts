import { closeSync, readSync } from 'node:fs';
import { WharfError } from '@wharf/core';
import { AT_FDCWD, type Native } from '@wharf/linux/native';
import type { Host } from '../host.js';
import type { Input } from './input.js';
import type { Output } from './output.js';

export interface StdioSpec {
  readonly terminal: boolean;
  readonly stdin: boolean;
  readonly output: boolean;
  /** Standard error goes where standard output goes. */
  readonly merged?: boolean;
}

/** Both ends of a process's standard streams, from before its start until it runs. */
export interface Stdio {
  /** For the runtime's command line. */
  readonly args: readonly string[];
  /** What the runtime gets as 0, 1, 2. */
  readonly child: readonly (number | undefined)[];
  /** After the runtime has ended well: closes the child's ends and connects ours. The terminal's descriptor, if it has one. */
  connect(output: Output, input: Input | undefined): number | undefined;
  /** After it has failed: what it said on standard error, at most 64 KiB; closes everything. */
  abandon(): string;
}

/** Pipes, or a terminal that the runtime makes and hands over through a socket in the bundle. */
export function openStdio(host: Host, spec: StdioSpec): Stdio {
  return spec.terminal ? openTerminal(host) : openPipes(host, spec);
}

const closeAll = (fds: readonly (number | undefined)[]) => {
  for (const fd of new Set(fds)) if (fd !== undefined) closeSync(fd);
};

interface Ends {
  stdin?: { read: number; write: number };
  stdout?: { read: number; write: number };
  stderr?: { read: number; write: number };
}

function openPipes(host: Host, spec: StdioSpec): Stdio {
  const { native, platform } = host;
  const ends: Ends = {};
  if (spec.stdin) ends.stdin = native.pipe();
  if (spec.output) ends.stdout = native.pipe();
  if (spec.output && spec.merged !== true) ends.stderr = native.pipe();
  const child = [ends.stdin?.read, ends.stdout?.write, (ends.stderr ?? ends.stdout)?.write];
  const ours = [ends.stdin?.write, ends.stdout?.read, ends.stderr?.read];
  for (const fd of ours) if (fd !== undefined) native.setNonblocking(fd);
  return {
    args: [],
    child: child as (number | undefined)[],
    connect(output, input) {
      closeAll(child);
      const open = (stream: 'stdout' | 'stderr', fd: number | undefined) => {
        if (fd !== undefined)
          output.open(
            stream,
            platform.reader(fd, () => widen(native, fd)),
          );
      };
      open('stdout', ends.stdout?.read);
      open('stderr', ends.stderr?.read);
      if (ends.stdin !== undefined) input?.opened(platform.writer(ends.stdin.write));
      return undefined;
    },
    abandon() {
      const said = readWaiting(ends.stderr?.read ?? ends.stdout?.read);
      closeAll([...child, ...ours]);
      return said;
    },
  };
}

/** The most that the kernel gives to everybody (/proc/sys/fs/pipe-max-size). */
const widePipe = 1024 * 1024;

/** For a process that writes much: the wider its pipe, the less often either side has to be woken. */
function widen(native: Native, fd: number): void {
  try {
    native.setPipeSize(fd, widePipe);
  } catch {
    // EPERM: the administrator allows less, or all pipes together have too much.
  }
}

/** What a non-blocking pipe has by now, at most 64 KiB. */
function readWaiting(fd: number | undefined): string {
  if (fd === undefined) return '';
  const buffer = Buffer.alloc(64 * 1024);
  try {
    return buffer.toString('utf8', 0, readSync(fd, buffer));
  } catch {
    return '';
  }
}

const handOverMs = 1000;

function openTerminal(host: Host): Stdio {
  const { native, platform } = host;
  // Relative to where both this process and the runtime stand: a socket's name may have 107 bytes only.
  const path = `console.${crypto.randomUUID().slice(0, 8)}.sock`;
  const listener = listenPrivately(native, path);
  const discard = () => {
    closeSync(listener);
    native.unlinkat(AT_FDCWD, path, 0);
  };
  return {
    args: ['--console-socket', path],
    child: [],
    connect(output, input) {
      const master = receiveMaster(native, listener);
      discard();
      native.setNonblocking(master);
      output.open('stdout', platform.reader(master));
      // The reader owns the descriptor.
      input?.opened(platform.writer(master, { borrowed: true }));
      return master;
    },
    abandon() {
      discard();
      return '';
    },
  };
}

function listenPrivately(native: Native, path: string): number {
  const umask = process.umask(0o177);
  try {
    return native.unixListen(path, 1);
  } finally {
    process.umask(umask);
  }
}

/** The runtime has ended, so what it sent is here already. */
function receiveMaster(native: Native, listener: number): number {
  let connection: number | undefined;
  try {
    connection = native.accept(listener, handOverMs);
    return native.receiveFd(connection, handOverMs).fd;
  } catch (cause) {
    throw new WharfError('unavailable', 'the runtime did not hand over the terminal', { cause });
  } finally {
    if (connection !== undefined) closeSync(connection);
  }
}
