import { existsSync } from 'node:fs';
import {
  FailedPreconditionError,
  type CallOptions,
  type ContainerId,
  type ContainerState,
} from '@wharf/core';
import { KeyLock } from '../concurrency/key-lock.js';
import type { ContainerContext } from './dependencies.js';
import type { RootView } from './file-ports.js';
import type { ContainerRecord } from './records.js';
import { releaseTask } from './release.js';
import { makeVolumes } from './seeds.js';
import { viewMounts } from './view-mounts.js';

/**
 * Who has a container's root at hand. One at a time for a container, and never while it is being started: two mounts
 * of one writable layer would not know of each other.
 */
export class Views {
  readonly #locks = new KeyLock();
  readonly #open = new Map<ContainerId, AbortController>();

  /** Waits for its turn. Disposing ends it; `signal` fires when the caller's does, or the container goes. */
  async open(
    id: ContainerId,
    { signal }: CallOptions,
  ): Promise<AsyncDisposable & { readonly signal: AbortSignal }> {
    const held = await this.#locks.acquire(id, { signal });
    const gone = new AbortController();
    this.#open.set(id, gone);
    return {
      signal: AbortSignal.any([signal, gone.signal]),
      [Symbol.asyncDispose]: async () => {
        this.#open.delete(id);
        await held[Symbol.asyncDispose]();
      },
    };
  }

  /** Waits until nobody has it, and keeps others out until it is disposed of. */
  exclude(id: ContainerId, options: CallOptions): Promise<AsyncDisposable> {
    return this.#locks.acquire(id, options);
  }

  /** Whoever has it is told to stop. */
  end(id: ContainerId, reason: Error): void {
    this.#open.get(id)?.abort(reason);
  }
}

export interface OpenView extends AsyncDisposable {
  readonly record: ContainerRecord;
  readonly root: RootView;
  /** Of the work. */
  readonly signal: AbortSignal;
}

export interface ViewOptions extends CallOptions {
  readonly writing: boolean;
}

/** The container's files, whether it runs or not, until it is disposed of. */
export async function openView(
  context: ContainerContext,
  ref: string,
  { signal, writing }: ViewOptions,
): Promise<OpenView> {
  const { id } = context.records.lookup(ref);
  await using undo = new AsyncDisposableStack();
  const turn = undo.use(await context.views.open(id, { signal }));
  const record = context.records.get(id);
  const root = await rootOf(context, record);
  undo.use(await context.volumes.open(record.resolved.mounts, { signal }));
  if (writing) await makeVolumes(record.resolved.mounts);
  const held = undo.move();
  return {
    record,
    root: {
      root,
      readOnly: record.spec.readOnlyRootfs,
      mounts: viewMounts(record, context.paths(id)),
    },
    signal: turn.signal,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

async function rootOf(
  context: ContainerContext,
  { id, name, state, resolved }: ContainerRecord,
): Promise<RootView['root']> {
  const paths = context.paths(id);
  const shim = shimOf(state);
  if (shim !== undefined) return { kind: 'task', shim, path: paths.rootfs };
  if (state.status === 'removing' || state.status === 'dead') {
    throw new FailedPreconditionError(`container ${name} is ${state.status}, its files are gone`);
  }
  // One that is being started waits for us, and has released its last task already.
  if (state.status !== 'starting' && existsSync(paths.bundle)) await releaseTask(context, id);
  const lower = await context.images.lowerDirectories(resolved.imageManifest);
  return { kind: 'stack', stack: { lower, upper: paths.upper, work: paths.work } };
}

function shimOf(state: ContainerState) {
  switch (state.status) {
    case 'running':
    case 'paused':
    case 'restarting':
      return state.shim;
    default:
      return undefined;
  }
}
