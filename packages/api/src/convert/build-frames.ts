import { InvalidArgumentError } from '@wharf/core';
import type {
  BuildFrame,
  BuildPlace,
  BuildResult,
  BuildStep,
  BuildWarning,
  BuiltImage,
  CacheMiss,
  InputChange,
  StepState,
} from '@wharf/core';
import { CacheMissReason, ProgressUnit } from '../gen/wharf/v1/build_frames.js';
import type * as wire from '../gen/wharf/v1/build_frames.js';
import { enumPair } from './enums.js';
import { bufferOf, stdStreams } from './streams.js';
import { dateFromWire, dateToWire } from './times.js';
import { defined, numberFromWire, numberToWire, required } from './values.js';

const missReasons = enumPair('reason of a cache miss', {
  first: CacheMissReason.FIRST,
  changed: CacheMissReason.CHANGED,
  asked: CacheMissReason.ASKED,
  collected: CacheMissReason.COLLECTED,
});
const progressUnits = enumPair('unit of progress', {
  bytes: ProgressUnit.BYTES,
  pieces: ProgressUnit.PIECES,
});

export function buildFrameToWire(frame: BuildFrame): wire.BuildFrame {
  switch (frame.kind) {
    case 'started':
      return { frame: { $case: 'started', value: { buildId: frame.buildId } } };
    case 'step':
      return { frame: { $case: 'step', value: buildStepToWire(frame.step) } };
    case 'state': {
      const value = { stepId: frame.stepId, state: stepStateToWire(frame.state) };
      return { frame: { $case: 'change', value } };
    }
    case 'log': {
      const { stepId, stream, data, at } = frame;
      const value = {
        stepId,
        stream: stdStreams.toWire(stream),
        data: bufferOf(data),
        at: dateToWire(at),
      };
      return { frame: { $case: 'log', value } };
    }
    case 'progress': {
      const { stepId, name, current, total, unit } = frame;
      const value = {
        stepId,
        name,
        current: numberToWire(current, 'progress'),
        total: numberToWire(total, 'progress'),
        unit: progressUnits.toWire(unit),
      };
      return { frame: { $case: 'progress', value } };
    }
    case 'warning':
      return { frame: { $case: 'warning', value: warningToWire(frame.warning) } };
    case 'output': {
      const { index, data, last } = frame;
      return { frame: { $case: 'output', value: { index, data: bufferOf(data), last } } };
    }
    case 'verified': {
      const value = { same: frame.same, differences: [...frame.differences] };
      return { frame: { $case: 'verified', value } };
    }
    case 'done':
      return { frame: { $case: 'done', value: resultToWire(frame.result) } };
  }
}

export function buildFrameFromWire(message: wire.BuildFrame | undefined): BuildFrame {
  const { frame } = required(message, 'frame');
  switch (frame?.$case) {
    case 'started':
      return { kind: 'started', buildId: frame.value.buildId };
    case 'step':
      return { kind: 'step', step: buildStepFromWire(frame.value) };
    case 'change': {
      const { stepId, state } = frame.value;
      return { kind: 'state', stepId, state: stepStateFromWire(state) };
    }
    case 'log': {
      const { stepId, stream, data, at } = frame.value;
      return {
        kind: 'log',
        stepId,
        stream: stdStreams.fromWire(stream),
        data,
        at: dateFromWire(at, 'log.at'),
      };
    }
    case 'progress': {
      const { stepId, name, current, total, unit } = frame.value;
      return {
        kind: 'progress',
        stepId,
        name,
        current: numberFromWire(current, 'progress.current'),
        total: numberFromWire(total, 'progress.total'),
        unit: progressUnits.fromWire(unit),
      };
    }
    case 'warning':
      return { kind: 'warning', warning: warningFromWire(frame.value) };
    case 'output': {
      const { index, data, last } = frame.value;
      return { kind: 'output', index, data, last };
    }
    case 'verified':
      return { kind: 'verified', same: frame.value.same, differences: frame.value.differences };
    case 'done':
      return { kind: 'done', result: resultFromWire(frame.value) };
    case undefined:
      throw new InvalidArgumentError('a frame of a build is empty');
  }
}

export function buildStepToWire(step: BuildStep): wire.BuildStep {
  const { id, name, stage, platform, inputs } = step;
  return { id, name, stage, platform, inputs: [...inputs] };
}

export function buildStepFromWire(message: wire.BuildStep | undefined): BuildStep {
  const { id, name, stage, platform, inputs } = required(message, 'step');
  return { id, name, stage, platform, inputs };
}

export function stepStateToWire(state: StepState): wire.StepState {
  switch (state.kind) {
    case 'waiting':
    case 'cancelled':
      return { state: { $case: state.kind, value: {} } };
    case 'running':
      return { state: { $case: 'running', value: { startedAt: dateToWire(state.startedAt) } } };
    case 'done': {
      const value = {
        startedAt: dateToWire(state.startedAt),
        finishedAt: dateToWire(state.finishedAt),
        cached: state.cached,
        miss: state.miss && cacheMissToWire(state.miss),
      };
      return { state: { $case: 'done', value } };
    }
    case 'failed': {
      const value = {
        startedAt: dateToWire(state.startedAt),
        finishedAt: dateToWire(state.finishedAt),
        error: state.error,
      };
      return { state: { $case: 'failed', value } };
    }
  }
}

export function stepStateFromWire(message: wire.StepState | undefined): StepState {
  const { state } = required(message, 'state');
  switch (state?.$case) {
    case 'waiting':
    case 'cancelled':
      return { kind: state.$case };
    case 'running':
      return { kind: 'running', startedAt: dateFromWire(state.value.startedAt, 'started_at') };
    case 'done':
      return defined({
        kind: 'done' as const,
        startedAt: dateFromWire(state.value.startedAt, 'started_at'),
        finishedAt: dateFromWire(state.value.finishedAt, 'finished_at'),
        cached: state.value.cached,
        miss: state.value.miss && cacheMissFromWire(state.value.miss),
      });
    case 'failed':
      return {
        kind: 'failed',
        startedAt: dateFromWire(state.value.startedAt, 'started_at'),
        finishedAt: dateFromWire(state.value.finishedAt, 'finished_at'),
        error: state.value.error,
      };
    case undefined:
      throw new InvalidArgumentError('the state of a step is empty');
  }
}

export function cacheMissToWire({ reason, changes }: CacheMiss): wire.CacheMiss {
  return {
    reason: missReasons.toWire(reason),
    changes: changes.map(({ kind, name, before, after, text }) => ({
      kind,
      name,
      before,
      after,
      text,
    })),
  };
}

export function cacheMissFromWire({ reason, changes }: wire.CacheMiss): CacheMiss {
  return { reason: missReasons.fromWire(reason), changes: changes.map(changeFromWire) };
}

function changeFromWire(change: wire.CacheInputChange): InputChange {
  const { kind, name, before, after, text } = change;
  return defined({ kind, name, before, after, text });
}

export function builtImageToWire(image: BuiltImage | undefined): wire.BuiltImage | undefined {
  return image && { digest: image.digest, imageId: image.imageId, names: [...image.names] };
}

export function builtImageFromWire(image: wire.BuiltImage | undefined): BuiltImage | undefined {
  return image && { digest: image.digest, imageId: image.imageId, names: image.names };
}

function warningToWire(warning: BuildWarning): wire.BuildWarning {
  const { rule, message, detail, url, place } = warning;
  return { rule, message, detail, url, place: place && { ...place } };
}

function warningFromWire(warning: wire.BuildWarning): BuildWarning {
  const { rule, message, detail, url, place } = warning;
  return defined({ rule, message, detail, url, place: place && placeFromWire(place) });
}

function placeFromWire(place: wire.BuildPlace): BuildPlace {
  const { file, firstLine, lastLine, excerpt } = place;
  return { file, firstLine, lastLine, excerpt };
}

function resultToWire(result: BuildResult): wire.BuildDone {
  return { ...result, image: builtImageToWire(result.image) };
}

function resultFromWire(done: wire.BuildDone): BuildResult {
  const { buildId, lock, cachedSteps, executedSteps, metadata } = done;
  const image = builtImageFromWire(done.image);
  return defined({ buildId, image, lock, cachedSteps, executedSteps, metadata });
}
