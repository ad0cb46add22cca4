import { closeSync, openSync, writeSync } from 'node:fs';
import type { ResolverNews } from '@wharf/api/resolver';
import { InvalidArgumentError } from '@wharf/core';
import { PR_SET_DUMPABLE, loadNative } from '@wharf/linux/native';
import { listenForCalls } from './control.js';
import { idleAfter } from './idle.js';
import { Service } from './service.js';
import { readState, writeState } from './state.js';

/** How long one that serves nobody stays, in case somebody comes. */
const lonelyMs = 60_000;
const mostComplaints = 1000;

/**
 * The whole life of a resolver: `wharf-resolver DIRECTORY`, started by the daemon as the leader of a session. Goes on
 * with what the one before it knew, and says that it listens by one byte on standard output. Outlives the daemon.
 */
export async function runResolver(argv: readonly string[]): Promise<void> {
  const [directory] = argv;
  if (directory === undefined || !directory.startsWith('/')) {
    throw new InvalidArgumentError('usage: wharf-resolver DIRECTORY, the absolute path of one');
  }
  process.chdir(directory);
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGPIPE', 'SIGQUIT'] as const) {
    process.on(signal, () => undefined);
  }
  const complain = complainer();
  process.on('uncaughtException', complain);
  process.on('unhandledRejection', complain);
  const native = loadNative();
  native.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const lock = openSync('lock', 'a', 0o600);
  if (!native.flock(lock, true)) process.exit(0);
  const idle = idleAfter(() => {
    const { Bun: bun } = globalThis as { readonly Bun?: BunMemory };
    bun?.gc(true);
    bun?.shrink();
    native.dropProgramPages();
  });
  const active = (): void => idle.touch();
  let tell: ((news: ResolverNews) => void) | undefined;
  const refused = (all: ResolverNews['refused']): void => tell?.({ id: 0, refused: all });
  const service = new Service({ native, save: writeState, complain, active, refused });
  await service.restore(readState());
  const lonely = loneliness(service);
  tell = await listenForCalls(async (call) => {
    const response = await service.call(call);
    lonely();
    if (call.op === 'leave') setTimeout(() => process.exit(0), 10);
    return response;
  });
  lonely();
  tellReady();
  idle.touch();
}

/** What of Bun's global gives memory back. */
interface BunMemory {
  gc(now: boolean): void;
  shrink(): void;
}

/** The result is called after each change. */
function loneliness(service: Service): () => void {
  let timer: NodeJS.Timeout | undefined;
  return () => {
    clearTimeout(timer);
    timer = service.isEmpty ? setTimeout(() => process.exit(0), lonelyMs) : undefined;
  };
}

/** To standard error, a file in the directory, which must stay small. */
function complainer(): (error: unknown) => void {
  let left = mostComplaints;
  return (error) => {
    if (left-- <= 0) return;
    writeSync(2, `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  };
}

function tellReady(): void {
  try {
    writeSync(1, '.');
  } catch {
    // EPIPE: whoever started us has gone already, and its successor will find us.
  }
  closeSync(1);
  openSync('/dev/null', 'w');
}
