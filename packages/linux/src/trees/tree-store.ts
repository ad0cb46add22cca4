import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { FailedPreconditionError } from '@wharf/core';
import type { CallOptions, Closable, TreeChunk } from '@wharf/core';
import type { TreePort } from '@wharf/engine/ports';
import type { Native } from '../../native/types.js';
import { Recent } from '../threads/recent.js';
import { temporaryName } from './contents.js';
import { BatchMemory, inBatches, Window } from './feed.js';
import { markSynced } from './open-root.js';
import { streamPiece } from './stream.js';
import type { TreeCalls, TreeVerb, TreesStart } from './protocol.js';
import type { RunningCall } from './trees-thread.js';
import { TreesThread } from './trees-thread.js';

export interface TreeStoreOptions {
  /** A directory of the store's own, made when it is missing. One store at a time uses it. */
  readonly root: string;
  readonly native: Pick<Native, 'syncfs'>;
  /** Path of the native addon, owned by root. */
  readonly nativePath: string;
  /** The bundled worker entry. */
  readonly workerUrl: URL;
  /** Of the running kernel. */
  readonly bootId: string;
  /** A thread without work ends after so long; default 30 seconds. */
  readonly idleMs?: number;
  /** Of the files of one directory that is imported, holes included; default 256 GiB. */
  readonly maxImportBytes?: number;
}

/** Bytes of pieces that were read last: the same context comes again and again. */
const recentBytes = 1 << 20;
const defaultIdleMs = 30_000;
const defaultMaxImportBytes = 256 * 2 ** 30;

/**
 * The engine's port for trees: a thread that begins with the first call and ends when there is nothing to do. `close` stops the calls
 * and syncs the file system if anything was written, so that a machine that goes down afterwards leaves the store whole;
 * without it the store is emptied after the machine was down.
 */
export function createTreeStore(options: TreeStoreOptions): TreePort & Closable {
  // Pieces that a daemon which was killed has left in the making, however long nothing is asked for.
  rmSync(join(options.root, temporaryName), { recursive: true, force: true });
  const store = new TreeStore(options);
  const recent = new Recent<Uint8Array>(recentBytes);
  const writing = <V extends TreeVerb>(verb: V, asks: TreeCalls[V]['asks'], call: CallOptions) => {
    store.written = true;
    return store.call(verb, asks, call);
  };
  return {
    missing: (digests, call) => store.call('missing', digests, call),
    write: (chunks, call) => store.write(chunks, call),
    async read(digest, call) {
      const known = recent.get(digest);
      if (known !== undefined) return known;
      const read = await store.call('read', digest, call);
      recent.set(digest, read, read.byteLength);
      return read;
    },
    importDirectory: (request, call) => writing('importDirectory', request, call),
    importFiles: (files, call) => writing('importFiles', files, call),
    facts: (digest, call) => store.call('facts', digest, call),
    async sweep(kept, { all = false, ...call }) {
      try {
        return await store.call('sweep', { kept, all }, call);
      } finally {
        // At its end: what was read meanwhile may be gone too.
        recent.clear();
      }
    },
    stream: (digest, call) => streamPiece(options.root, digest, call),
    close: () => store.close(),
  };
}

class TreeStore {
  written = false;
  readonly #options: TreeStoreOptions;
  readonly #start: TreesStart;
  /** Whether the disk had all when the first thread began. */
  #synced: Promise<boolean> | undefined;
  #thread: TreesThread | undefined;
  #idle: NodeJS.Timeout | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: TreeStoreOptions) {
    this.#options = options;
    const { nativePath, root, bootId, maxImportBytes = defaultMaxImportBytes } = options;
    this.#start = { native: nativePath, root, bootId, maxImportBytes };
  }

  async call<V extends TreeVerb>(
    verb: V,
    asks: TreeCalls[V]['asks'],
    options: CallOptions,
  ): Promise<TreeCalls[V]['answers']> {
    options.signal.throwIfAborted();
    const call = this.#use().call(verb, asks);
    return await this.#answer(call, options);
  }

  async write(
    chunks: AsyncIterable<TreeChunk>,
    options: CallOptions,
  ): Promise<TreeCalls['write']['answers']> {
    options.signal.throwIfAborted();
    this.written = true;
    const window = new Window();
    const memory = new BatchMemory();
    const call = this.#use().call('write', null, (used) => {
      memory.give(used);
      window.taken(used.byteLength);
    });
    const answer = this.#answer(call, options);
    // A thread that has refused a piece takes no more of them.
    const ended = answer.then(
      () => undefined,
      () => undefined,
    );
    const batches = inBatches(chunks, memory);
    try {
      for (;;) {
        const next = await Promise.race([batches.next(), ended]);
        if (next === undefined) break;
        if (next.done === true) {
          call.feed(null);
          break;
        }
        // Counted before its memory goes over to the thread.
        window.sent(next.value.bytes.buffer.byteLength);
        call.feed(next.value);
        await Promise.race([window.open(), ended]);
      }
      // Not waited for: who sends may be silent for ever.
      batches.return(undefined).catch(() => undefined);
    } catch (error) {
      call.cancel();
      await ended;
      throw error;
    }
    return await answer;
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#thread?.end();
    if (this.#synced === undefined) return;
    const synced = await this.#synced.catch(() => undefined);
    if (synced === undefined) return;
    const { root, native } = this.#options;
    if (this.written || !synced) await native.syncfs(root);
    markSynced(root);
  }

  /** The thread, which is there until its calls are done. */
  #use(): TreesThread {
    if (this.#closed !== undefined) {
      throw new FailedPreconditionError('the store of trees is closed');
    }
    clearTimeout(this.#idle);
    if (this.#thread?.alive !== true) {
      this.#thread = new TreesThread(this.#options.workerUrl, this.#start);
      this.#synced ??= this.#thread.opened;
    }
    return this.#thread;
  }

  async #answer<V extends TreeVerb>(
    call: RunningCall<V>,
    { signal }: CallOptions,
  ): Promise<TreeCalls[V]['answers']> {
    const onAbort = () => call.cancel();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await call.answer;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#rest();
    }
  }

  #rest(): void {
    const thread = this.#thread;
    if (thread === undefined || thread.busy || this.#closed !== undefined) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (!thread.busy) void thread.end();
    }, this.#options.idleMs ?? defaultIdleMs);
    this.#idle.unref();
  }
}
