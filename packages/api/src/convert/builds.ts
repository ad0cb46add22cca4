import type {
  BuildAnswer,
  BuildQuestion,
  BuildRecord,
  ImportedArchive,
  RecordedStep,
  StepExplanation,
  SyncedTree,
} from '@wharf/core';
import { BuildQuestion as WireQuestion, BuildStatus } from '../gen/wharf/v1/builds.js';
import type * as wire from '../gen/wharf/v1/builds.js';
import {
  buildStepFromWire,
  buildStepToWire,
  builtImageFromWire,
  builtImageToWire,
  cacheMissFromWire,
  cacheMissToWire,
  stepStateFromWire,
  stepStateToWire,
} from './build-frames.js';
import { enumPair } from './enums.js';
import { dateFromWire, dateToWire, optionalDateFromWire, optionalDateToWire } from './times.js';
import { defined, numberFromWire, numberToWire, required } from './values.js';

export const buildQuestions = enumPair<BuildQuestion>('question about a Dockerfile', {
  check: WireQuestion.CHECK,
  outline: WireQuestion.OUTLINE,
  targets: WireQuestion.TARGETS,
});
const statuses = enumPair<BuildRecord['status']>('status of a build', {
  running: BuildStatus.RUNNING,
  completed: BuildStatus.COMPLETED,
  failed: BuildStatus.FAILED,
  cancelled: BuildStatus.CANCELLED,
});

export function syncedToWire({ receivedBytes, receivedPieces }: SyncedTree): wire.TreeSynced {
  return {
    receivedBytes: numberToWire(receivedBytes, 'received bytes'),
    receivedPieces: numberToWire(receivedPieces, 'received pieces'),
  };
}

export function syncedFromWire({ receivedBytes, receivedPieces }: wire.TreeSynced): SyncedTree {
  return {
    receivedBytes: numberFromWire(receivedBytes, 'received_bytes'),
    receivedPieces: numberFromWire(receivedPieces, 'received_pieces'),
  };
}

export function importedToWire(imported: ImportedArchive): wire.ImportArchiveResponse {
  const { digest, files, bytes } = imported;
  return {
    digest,
    files: numberToWire(files, 'files of an archive'),
    sizeBytes: numberToWire(bytes, 'size of an archive'),
  };
}

export function importedFromWire(response: wire.ImportArchiveResponse): ImportedArchive {
  const { digest, files, sizeBytes } = response;
  return {
    digest,
    files: numberFromWire(files, 'files'),
    bytes: numberFromWire(sizeBytes, 'size_bytes'),
  };
}

export function buildAnswerFromWire({ text, json, exitCode }: wire.AskResponse): BuildAnswer {
  return { text, json, exitCode };
}

export function buildRecordToWire(record: BuildRecord): wire.BuildRecord {
  return {
    ...record,
    status: statuses.toWire(record.status),
    startedAt: dateToWire(record.startedAt),
    finishedAt: optionalDateToWire(record.finishedAt),
    image: builtImageToWire(record.image),
    platforms: [...record.platforms],
    steps: record.steps.map(recordedStepToWire),
  };
}

export function buildRecordFromWire(message: wire.BuildRecord | undefined): BuildRecord {
  const { status, startedAt, finishedAt, image, steps, ...record } = required(message, 'build');
  return defined({
    id: record.id,
    name: record.name,
    status: statuses.fromWire(status),
    startedAt: dateFromWire(startedAt, 'build.started_at'),
    finishedAt: optionalDateFromWire(finishedAt, 'build.finished_at'),
    error: record.error,
    image: builtImageFromWire(image),
    target: record.target,
    platforms: record.platforms,
    steps: steps.map(recordedStepFromWire),
  });
}

function recordedStepToWire(step: RecordedStep): wire.RecordedStep {
  return {
    step: buildStepToWire(step),
    state: stepStateToWire(step.state),
    cacheKey: step.cacheKey,
  };
}

function recordedStepFromWire(message: wire.RecordedStep | undefined): RecordedStep {
  const { step, state, cacheKey } = required(message, 'step');
  return { ...buildStepFromWire(step), state: stepStateFromWire(state), cacheKey };
}

export function explanationToWire({ step, inputs, miss }: StepExplanation): wire.StepExplanation {
  return {
    step: recordedStepToWire(step),
    inputs: inputs.map(({ kind, name, value }) => ({ kind, name, value })),
    miss: miss && cacheMissToWire(miss),
  };
}

export function explanationFromWire({ step, inputs, miss }: wire.StepExplanation): StepExplanation {
  return defined({
    step: recordedStepFromWire(step),
    inputs: inputs.map(({ kind, name, value }) => ({ kind, name, value })),
    miss: miss && cacheMissFromWire(miss),
  });
}
