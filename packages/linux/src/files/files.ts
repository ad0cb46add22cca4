import { InternalError } from '@wharf/core';
import type { CallOptions, PathStat } from '@wharf/core';
import type { FilePort, PackedPath, RootView } from '@wharf/engine/ports';
import { stat as statFile } from 'node:fs/promises';
import type { Native } from '../../native/types.js';
import { readBootId } from '../../native/identity.js';
import { Gate } from '../unpack/gate.js';
import type { FilesJob } from './protocol.js';
import { FilesThread } from './run-files.js';
import type { FilesRun, FilesSetup } from './run-files.js';

export interface ContainerFilesOptions {
  readonly native: Pick<Native, 'close'>;
  /** Path of the native addon, owned by root. */
  readonly nativePath: string;
  /** The bundled worker entry. */
  readonly workerUrl: URL;
  /** Archives that are read or written at once; others wait. Default 16. */
  readonly concurrency?: number;
  /** Longest time for one archive, the pace of its other end included; default 12 hours. */
  readonly archiveTimeoutMs?: number;
}

const statTimeoutMs = 60_000;
const defaultArchiveTimeoutMs = 12 * 3600_000;
/** Of compressed archives, as for layers. */
const byteLimit = { base: 64 << 20, perCompressed: 1100 };

/** The engine's port for files of containers: a thread for each call (R2). */
export function createContainerFiles(options: ContainerFilesOptions): FilePort {
  const { archiveTimeoutMs = defaultArchiveTimeoutMs } = options;
  const setup: FilesSetup = { ...options, bootId: readBootId() };
  const archives = new Gate(options.concurrency ?? 16);
  const looks = new Gate(4);
  const open = (
    view: RootView,
    job: FilesJob,
    signal: AbortSignal,
    more: { readonly timeoutMs: number; readonly chunks?: AsyncIterable<Uint8Array> },
  ): Promise<FilesThread> => openThread(setup, { view, job }, { signal, ...more });

  return {
    async stat(view, path, { signal }) {
      await using _ = await looks.enter({ signal });
      await using thread = await open(view, { kind: 'stat', path }, signal, {
        timeoutMs: statTimeoutMs,
      });
      return await statOf(thread);
    },
    async pack(view, request, { signal }): Promise<PackedPath> {
      await using undo = new AsyncDisposableStack();
      undo.use(await archives.enter({ signal }));
      const thread = undo.use(
        await open(view, { kind: 'pack', ...request }, signal, { timeoutMs: archiveTimeoutMs }),
      );
      const stat = await statOf(thread);
      return { stat, archive: new Archive(thread, undo.move(), { signal }) };
    },
    async *packRoot(view, { signal, ...what }) {
      await using _ = await archives.enter({ signal });
      await using thread = await open(view, { kind: 'pack-root', ...what }, signal, {
        timeoutMs: archiveTimeoutMs,
      });
      yield* chunksOf(thread);
    },
    async *entries(view, { signal }) {
      await using _ = await archives.enter({ signal });
      await using thread = await open(view, { kind: 'entries' }, signal, {
        timeoutMs: archiveTimeoutMs,
      });
      for (;;) {
        const answer = await thread.next();
        if (answer.kind === 'done') return;
        if (answer.kind !== 'entries') throw unexpected(answer.kind);
        yield answer.entries;
      }
    },
    async unpackInto(view, request, chunks, { signal }) {
      await using _ = await archives.enter({ signal });
      const job: FilesJob = { kind: 'unpack', ...request, byteLimit };
      await using thread = await open(view, job, signal, { timeoutMs: archiveTimeoutMs, chunks });
      const answer = await thread.next();
      if (answer.kind !== 'done') throw unexpected(answer.kind);
    },
  };
}

async function openThread(
  setup: FilesSetup,
  { view, job }: { readonly view: RootView; readonly job: FilesJob },
  run: FilesRun,
): Promise<FilesThread> {
  run.signal.throwIfAborted();
  await statFile(setup.nativePath);
  return new FilesThread(setup, { view, job }, run);
}

async function statOf(thread: FilesThread): Promise<PathStat> {
  const answer = await thread.next();
  if (answer.kind !== 'stat') throw unexpected(answer.kind);
  return answer.stat;
}

async function* chunksOf(thread: FilesThread): AsyncGenerator<Uint8Array> {
  for (;;) {
    const answer = await thread.next();
    if (answer.kind === 'done') return;
    if (answer.kind !== 'chunk') throw unexpected(answer.kind);
    yield answer.bytes;
  }
}

function unexpected(kind: string): InternalError {
  return new InternalError(`a thread for files answered ${kind}`);
}

/** The thread ends with the loop, and with the signal when nobody ever reads. */
class Archive implements AsyncIterable<Uint8Array> {
  readonly #thread: FilesThread;
  readonly #held: AsyncDisposableStack;
  #left: Promise<void> | undefined;

  constructor(thread: FilesThread, held: AsyncDisposableStack, { signal }: CallOptions) {
    this.#thread = thread;
    this.#held = held;
    if (signal.aborted) void this.#leave();
    signal.addEventListener('abort', () => void this.#leave(), { once: true });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      yield* chunksOf(this.#thread);
    } finally {
      await this.#leave();
    }
  }

  /** Once; who comes later waits for the same end. */
  #leave(): Promise<void> {
    return (this.#left ??= this.#held.disposeAsync());
  }
}
