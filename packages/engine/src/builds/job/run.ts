import { randomBytes } from 'node:crypto';
import {
  CancelledError,
  toWharfError,
  type BuildFrame,
  type BuildOptions,
  type BuildRecord,
  type BuildSpec,
} from '@wharf/core';
import { shownAddress } from '../address.js';
import type { BuildsContext, Job } from '../context.js';
import { openPins } from '../lock/pins.js';
import { BuildFrames } from '../records/frames.js';
import { logPath, openLogWriter } from '../records/log-file.js';
import { Recorder } from '../records/recorder.js';
import { trimRecords } from '../records/trim.js';
import { namingDisk, orNameDisk } from '../room.js';
import { buildImage } from './build-image.js';
import { claimOnce } from './claim.js';

/** The frames of a build that runs while they are read; who leaves stops it, and waits for its end. */
export async function* runBuild(
  context: BuildsContext,
  spec: BuildSpec,
  options: BuildOptions,
): AsyncGenerator<BuildFrame, void, undefined> {
  options.signal.throwIfAborted();
  const frames = new BuildFrames();
  const left = new AbortController();
  const signal = AbortSignal.any([options.signal, left.signal]);
  const work = orNameDisk(context.root, () =>
    recorded(context, spec, frames, { ...options, signal }),
  ).finally(() => frames.end());
  work.catch(() => undefined);
  try {
    yield* frames.read(options.signal);
    await work;
  } finally {
    left.abort(new CancelledError('nobody reads the build any more'));
    await work.catch(() => undefined);
  }
}

async function recorded(
  context: BuildsContext,
  asked: BuildSpec,
  frames: BuildFrames,
  options: BuildOptions,
): Promise<void> {
  const { now, records, logger, running } = context;
  const id = randomBytes(16).toString('hex');
  const spec = { ...asked, contextName: shownAddress(asked.contextName) };
  const { lock, locked, contextName: name, target, platforms, explain } = spec;
  const pins = openPins({ ...(lock === undefined ? {} : { lock }), locked });
  await using ends = new AsyncDisposableStack();
  ends.use(await context.treeGate.enter());
  const log = openLogWriter(logPath(context.root, id), (error) =>
    logger.warn('the log of a build cannot be written', { buildId: id, error }),
  );
  ends.defer(() => log.close());
  const claim = claimOnce(ends.use(context.claims.openOnce('build')));
  const record = { id, name, startedAt: new Date(now()), target, platforms };
  const send = (frame: BuildFrame): void => frames.push(frame);
  const recorder = new Recorder({ record, log, send, now, explain });
  records.put(recorder.record('running', ''));
  running.set(id, recorder);
  const { agent, signal } = options;
  const job: Job = {
    ...{ id, startedAt: record.startedAt, spec, signal, recorder, frames, claim, pins, ends },
    ...(agent === undefined ? {} : { agent }),
  };
  send({ kind: 'started', buildId: id });
  let end: BuildRecord;
  try {
    const result = await buildImage(context, job);
    end = recorder.record('completed', '', result.image);
    records.put(end);
    send({ kind: 'done', result });
  } catch (error) {
    const failure = job.failure ?? toWharfError(await namingDisk(context.root, error));
    const stopped = signal.aborted;
    try {
      const message = stopped ? '' : failure.message;
      records.put(recorder.record(stopped ? 'cancelled' : 'failed', message));
    } catch (unrecorded) {
      // A disk without room: the next start finds that it has not ended.
      logger.warn('the end of a build cannot be recorded', { buildId: id, error: unrecorded });
    }
    throw stopped ? new CancelledError('the build was cancelled', { cause: error }) : failure;
  } finally {
    running.delete(id);
    await trimRecords(context).catch((error: unknown) =>
      logger.warn('records of old builds cannot be removed', { error }),
    );
    context.collector.request();
  }
}
