import {
  UnavailableError,
  type ContainerId,
  type OutputChunk,
  type ProcessIdentity,
} from '@wharf/core';
import { Notifier } from '../../events/notifier.js';
import type {
  ConnectResult,
  CreatedTask,
  JournalEntry,
  Task,
  TaskPort,
  TaskSpec,
  TaskState,
} from '../ports.js';

const bootId = 'boot-1';

/** One shim in memory: what it would do, without a process. It outlives the managers that talk to it. */
export class FakeShim {
  readonly identity: ProcessIdentity;
  readonly calls: string[] = [];
  readonly journal: JournalEntry[] = [];
  readonly changed = new Notifier();
  spec: TaskSpec | undefined;
  made: CreatedTask['made'] = [];
  status: TaskState['status'] = 'created';
  alive = true;
  silent = false;
  failStart: Error | undefined;
  failResume: Error | undefined;
  /** What its process has written, for who attaches. */
  readonly output: OutputChunk[] = [];

  constructor(pid: number) {
    this.identity = { pid, startTicks: 1n, bootId };
  }

  process(): ProcessIdentity {
    return { pid: this.identity.pid + 1, startTicks: 2n, bootId };
  }

  record(what: JournalEntry['what']): void {
    const sequence = (this.journal.at(-1)?.sequence ?? this.base) + 1n;
    this.journal.push({ sequence, time: new Date(), what });
    this.changed.notify();
  }

  /** Where a former shim of the container stopped counting. */
  base = 0n;

  exit(exitCode: number, restartDelayMs?: number): void {
    this.status = restartDelayMs === undefined ? 'stopped' : 'restarting';
    const delay = restartDelayMs === undefined ? {} : { restartDelayMs };
    this.record({ kind: 'exited', exitCode, oomKilled: false, error: '', ...delay });
  }

  die(): void {
    this.alive = false;
    this.changed.notify();
  }
}

/** The port over fake shims, and what was asked of it. */
export class FakeTasks implements TaskPort {
  readonly shims = new Map<ContainerId, FakeShim>();
  readonly cleaned: ContainerId[] = [];
  /** Shims that lived when it was cleaned up after them. */
  readonly killed: ProcessIdentity[] = [];
  readonly journals = new Map<string, JournalEntry[]>();
  nextFailure: Error | undefined;
  /** Told of each shim before anybody uses it. */
  onSpawn: (shim: FakeShim) => void = () => undefined;
  #pid = 100;

  spawn(id: ContainerId): Promise<Task> {
    const shim = new FakeShim((this.#pid += 10));
    shim.base = this.shims.get(id)?.journal.at(-1)?.sequence ?? 0n;
    shim.failStart = this.nextFailure;
    this.nextFailure = undefined;
    this.shims.set(id, shim);
    this.onSpawn(shim);
    return Promise.resolve(this.#task(shim));
  }

  connect(id: ContainerId): Promise<ConnectResult> {
    const shim = this.shims.get(id);
    if (shim === undefined || !shim.alive) return Promise.resolve({ kind: 'gone' });
    if (shim.silent) return Promise.resolve({ kind: 'silent' });
    return Promise.resolve({ kind: 'connected', task: this.#task(shim), state: state(shim) });
  }

  readJournal(path: string, after: bigint): Promise<readonly JournalEntry[]> {
    const shim = [...this.shims.values()].find((each) => each.spec?.journalPath === path);
    return Promise.resolve((shim?.journal ?? []).filter((entry) => entry.sequence > after));
  }

  cleanUp(id: ContainerId, { shim }: { readonly shim?: ProcessIdentity } = {}): Promise<void> {
    this.cleaned.push(id);
    const left = this.shims.get(id);
    if (shim !== undefined && left?.alive === true) {
      this.killed.push(shim);
      left.die();
    }
    return Promise.resolve();
  }

  isAlive(identity: ProcessIdentity): boolean {
    return [...this.shims.values()].some(
      (shim) => shim.alive && shim.identity.pid === identity.pid,
    );
  }

  #task(shim: FakeShim): Task {
    let disconnect: () => void = () => undefined;
    const closed = new Promise<{ shimDead: boolean }>((resolve) => {
      disconnect = () => {
        resolve({ shimDead: !shim.alive });
        shim.changed.notify();
      };
    });
    const call = (name: string): Promise<void> => {
      shim.calls.push(name);
      return shim.alive
        ? Promise.resolve()
        : Promise.reject(new UnavailableError('the shim is gone'));
    };
    return {
      shim: shim.identity,
      closed,
      disconnect: () => disconnect(),
      async create(spec) {
        await call('create');
        shim.spec = spec;
        return { made: shim.made };
      },
      async start() {
        await call('start');
        if (shim.failStart !== undefined) throw shim.failStart;
        shim.status = 'running';
        shim.record({ kind: 'started', process: shim.process(), restartCount: 0 });
        return { process: shim.process(), startedAt: new Date() };
      },
      async stop() {
        await call('stop');
        shim.exit(143);
      },
      async kill(signal) {
        await call(`kill ${signal}`);
        if (signal === 9) shim.exit(137);
      },
      pause: () => call('pause'),
      async resume() {
        await call('resume');
        if (shim.failResume !== undefined) throw shim.failResume;
      },
      state: () => Promise.resolve(state(shim)),
      pids: () => Promise.resolve([shim.process().pid]),
      exec: () => Promise.resolve({ pid: 7 }),
      attach: (_execId, streams) => {
        shim.calls.push(`attach ${streams.stdout ? 'stdout' : ''}`);
        return Promise.resolve({
          output: written(shim),
          exitCode: Promise.resolve(undefined),
          write: () => Promise.resolve(),
          closeStdin: () => Promise.resolve(),
          close: () => Promise.resolve(),
        });
      },
      resize: () => Promise.resolve(),
      stats: () => Promise.reject(new UnavailableError('no stats')),
      watch: (after, { signal }) => watch(shim, after, closed, signal, disconnect),
      async remove({ signal }) {
        await call('remove');
        if (shim.silent) await untilAborted(signal);
        shim.alive = false;
        disconnect();
      },
    };
  }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );
}

async function* written({ output }: FakeShim): AsyncIterable<OutputChunk> {
  await Promise.resolve();
  yield* output;
}

function state(shim: FakeShim): TaskState {
  const running =
    shim.status === 'running' ? { process: shim.process(), startedAt: new Date() } : {};
  const lastSequence = shim.journal.at(-1)?.sequence ?? 0n;
  return { status: shim.status, shim: shim.identity, lastSequence, restartCount: 0, ...running };
}

async function* watch(
  shim: FakeShim,
  after: bigint,
  closed: Promise<unknown>,
  signal: AbortSignal,
  disconnect: () => void,
): AsyncIterable<JournalEntry> {
  let cursor = after;
  let over = false;
  void closed.then(() => {
    over = true;
    shim.changed.notify();
  });
  for (;;) {
    const ticket = shim.changed.ticket();
    const next = shim.journal.find((entry) => entry.sequence > cursor);
    if (next !== undefined) {
      cursor = next.sequence;
      yield next;
      continue;
    }
    if (!shim.alive) disconnect();
    if (over || !shim.alive || signal.aborted) return;
    await shim.changed.wait(ticket, { signal });
  }
}
