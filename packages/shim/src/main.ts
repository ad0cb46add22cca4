import { closeSync, openSync, writeSync } from 'node:fs';
import { ServerConnection, TaskServiceName } from '@wharf/api/shim';
import { InvalidArgumentError } from '@wharf/core';
import {
  PR_SET_CHILD_SUBREAPER,
  PR_SET_DUMPABLE,
  loadNative,
  readBootId,
  readProcessStat,
} from '@wharf/linux/native';
import { systemClock, within } from './clock.js';
import type { Host } from './host.js';
import { idleWatch } from './idle.js';
import { bunPlatform } from './platform.js';
import { Reaper } from './process/reaper.js';
import { serveTask } from './serve.js';

/** Bugs written down before the shim falls silent about them, so that its file stays small. */
const mostComplaints = 100;
/** How often a shim that nobody has called yet looks whether its parent lives. */
const parentLookMs = 500;
/** How long the last bytes may take; less than our caller waits for our end. */
const lastBytesMs = 4000;
/** What the kernel holds for a peer that much is sent to. */
const sendBufferBytes = 512 * 1024;
/** The name of the socket in the bundle. */
const socketName = 'shim.sock';

/**
 * The whole life of a shim: `wharf-shim BUNDLE [UNMOUNT...]`, started by the daemon in its bundle and as the leader of a
 * session. It never looks for the bundle by its name: while it comes up the daemon may be killed, and the next one makes
 * the same directory for another shim. Says that it listens by one byte on standard output. With a task it outlives
 * whoever started it; without one it ends when its caller leaves.
 */
export function runShim(argv: readonly string[]): void {
  const [bundle, ...unmount] = argv;
  if (bundle === undefined || !bundle.startsWith('/')) {
    throw new InvalidArgumentError('usage: wharf-shim BUNDLE, the absolute path of a directory');
  }
  ignoreSignals();
  surviveBugs();
  const native = loadNative();
  native.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  native.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const platform = bunPlatform((fd) => native.setSendBuffer(fd, sendBufferBytes));
  const clock = systemClock();
  const host: Host = {
    native,
    platform,
    clock,
    touch: idleWatch(clock, () => {
      platform.shrink();
      native.dropProgramPages();
    }),
    reaper: new Reaper(native, (pid) => readProcessStat(pid) !== undefined),
    bundle,
    configs: bundle,
    unmount,
    bootId: readBootId(),
  };
  process.on('SIGCHLD', () => {
    host.touch();
    host.reaper.collect();
  });
  listenOrEnd(host);
  tellReady();
}

/** The bundle of a start that is undone meanwhile is gone, or another's: nobody will ever call. */
function listenOrEnd(host: Host): void {
  try {
    listen(host);
  } catch (error) {
    writeSync(2, `${describe(error)}\n`);
    process.exit(1);
  }
}

/** Whoever ends a shim ends its container: only SIGKILL may. */
function ignoreSignals(): void {
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGPIPE', 'SIGQUIT'] as const) {
    process.on(signal, () => undefined);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** A bug in one call must not end the container: it is written to standard error, a file in the bundle. */
function surviveBugs(): void {
  let left = mostComplaints;
  const complain = (error: unknown) => {
    if (left-- > 0) writeSync(2, `${describe(error)}\n`);
  };
  process.on('uncaughtException', complain);
  process.on('unhandledRejection', complain);
}

function listen(host: Host): void {
  const service = serveTask(host, () => void host.clock.after(1, () => void leave()));
  const visited = leaveWithParent(host);
  // Relative to the bundle: the whole path may be longer than a socket's name may be.
  const listener = host.platform.listen(socketName, (transport) => {
    visited();
    const connection = new ServerConnection(transport, TaskServiceName, service.handlers);
    return {
      receive: (chunk) => {
        host.touch();
        connection.receive(chunk);
      },
      closed: () => {
        connection.closed();
        if (!service.hasTask()) process.exit(0);
      },
    };
  });
  // The end of the output may still be on its way to a client that reads slowly.
  const leave = async () => {
    await within(host.clock, lastBytesMs, listener.flushed());
    process.exit(0);
  };
  host.touch();
}

/**
 * Nobody will ever come when whoever started us is killed between our start and its call. The result is for the first
 * call: from then on the connection tells.
 */
function leaveWithParent(host: Host): () => void {
  const parent = parentOf(process.pid);
  let cancel: () => void = () => undefined;
  const look = () => {
    if (parentOf(process.pid) !== parent) process.exit(0);
    cancel = host.clock.after(parentLookMs, look);
  };
  cancel = host.clock.after(parentLookMs, look);
  return () => cancel();
}

function parentOf(pid: number): number | undefined {
  return readProcessStat(pid)?.parent;
}

/** The spawner waits for this byte; afterwards nothing of its pipe stays open. */
function tellReady(): void {
  try {
    writeSync(1, '.');
  } catch {
    // EPIPE: whoever started us has gone already.
    process.exit(0);
  }
  closeSync(1);
  openSync('/dev/null', 'w');
}
