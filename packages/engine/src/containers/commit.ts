import {
  FailedPreconditionError,
  InvalidArgumentError,
  isWharfError,
  WharfError,
  type CommitOptions,
  type ContainerId,
  type ImageRuntimeConfig,
} from '@wharf/core';
import { applyChanges, canonical, familiar, parseReference, withDefaultTag } from '@wharf/oci';
import { mountStubs } from './changes.js';
import type { ContainerContext } from './dependencies.js';
import type { ContainerRecord } from './records.js';

const resumeLimitMs = 30_000;

/** Makes an image of the container's image and its writable layer. */
export async function commitContainer(
  context: ContainerContext,
  ref: string,
  options: CommitOptions,
): Promise<{ readonly imageId: string }> {
  const { signal, author = '', message = '', changes = [], pause = true } = options;
  const record = context.records.lookup(ref);
  const { id, resolved } = record;
  refuseGone(record);
  const reference = readName(options.name ?? '');
  const pausing: Pausing = {};
  const { imageId, leftOut } = await commitPaused(context, id, pausing, () =>
    context.images.commit(
      {
        manifestDigest: resolved.imageManifest,
        upper: context.paths(id).upper,
        stubs: mountStubs,
        names: reference === undefined ? [] : [canonical(reference)],
        author,
        comment: message,
        createdBy: resolved.command.join(' '),
        config: (base) => applyChanges(configOf(record, base), changes),
        check: () => {
          if (pausing.failure !== undefined) throw pausing.failure;
          refuseGone(context.records.get(id));
        },
        quiet: () => (pause ? pauseMeanwhile(context, id, pausing, signal) : undefined),
      },
      { signal },
    ),
  );
  if (Object.values(leftOut).some((count) => count > 0))
    context.logger.warn('commit left something out', { containerId: id, imageId, ...leftOut });
  context.records.publish(id, {
    action: 'commit',
    attributes: {
      comment: message,
      imageID: imageId,
      imageRef: reference === undefined ? '' : familiar(reference),
    },
  });
  return { imageId };
}

interface Pausing {
  /** Why the container could not be resumed. */
  failure?: Error;
}

/** Where the container could not be resumed after a failure, that failure is told, and that it stays paused. */
async function commitPaused<T>(
  context: ContainerContext,
  id: ContainerId,
  pausing: Pausing,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { failure } = pausing;
    if (failure === undefined || error === failure) throw error;
    context.logger.warn('a container stays paused', { containerId: id, error: failure });
    if (!isWharfError(error)) throw error;
    const { code, facts, message } = error;
    const text = `${message}; the container stays paused, for it could not be resumed: ${failure.message}`;
    throw new WharfError(code, text, { cause: error, facts });
  }
}

function refuseGone({ id, state: { status } }: ContainerRecord): void {
  if (status !== 'removing' && status !== 'dead') return;
  const what = status === 'dead' ? 'Dead' : 'being removed';
  throw new FailedPreconditionError(`You cannot commit container ${id} which is ${what}`);
}

function readName(text: string) {
  if (text === '') return undefined;
  const reference = withDefaultTag(parseReference(text));
  if (reference.digest === undefined) return reference;
  throw new InvalidArgumentError(`refusing to create a tag with a digest reference: ${text}`);
}

/** What the container was made with, as a config of an image. Triggers for builds were the image's own. */
function configOf(
  { spec, resolved }: ContainerRecord,
  base: ImageRuntimeConfig,
): ImageRuntimeConfig {
  const volumes = resolved.mounts.filter(({ kind }) => kind === 'volume');
  const { healthcheck: _, ...rest } = base;
  return {
    ...rest,
    user: resolved.user,
    env: resolved.env,
    entrypoint: resolved.entrypoint,
    command: resolved.command,
    volumes: [...new Set([...base.volumes, ...volumes.map(({ target }) => target)])],
    workdir: spec.workdir === undefined || spec.workdir === '' ? base.workdir : spec.workdir,
    labels: resolved.labels,
    stopSignal:
      spec.stopSignal === undefined || spec.stopSignal === '' ? base.stopSignal : spec.stopSignal,
    onBuild: [],
    ...(resolved.healthcheck === undefined ? {} : { healthcheck: resolved.healthcheck }),
  };
}

/** Pauses a running container; disposing resumes it, unless somebody else did, or it has ended. Never throws then. */
async function pauseMeanwhile(
  context: ContainerContext,
  id: ContainerId,
  pausing: Pausing,
  signal: AbortSignal,
): Promise<AsyncDisposable | undefined> {
  const { locks, records, tasks } = context;
  await using _ = await locks.acquire(id, { signal });
  const { state } = records.get(id);
  if (state.status !== 'running') return undefined;
  await tasks.running(id).pause({ signal });
  records.change(id, { state: { ...state, status: 'paused' }, events: [{ action: 'pause' }] });
  return {
    async [Symbol.asyncDispose]() {
      try {
        await resume(context, id, state.startedAt);
      } catch (error) {
        pausing.failure = error as Error;
      }
    },
  };
}

async function resume(context: ContainerContext, id: ContainerId, startedAt: Date): Promise<void> {
  const { locks, records, tasks } = context;
  const signal = AbortSignal.timeout(resumeLimitMs);
  await using _ = await locks.acquire(id, { signal });
  const state = records.find(id)?.state;
  if (state?.status !== 'paused' || state.startedAt.getTime() !== startedAt.getTime()) return;
  await tasks.running(id).resume({ signal });
  records.change(id, { state: { ...state, status: 'running' }, events: [{ action: 'unpause' }] });
}
