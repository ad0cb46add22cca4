import fc from 'fast-check';
import type {
  BuildFrame,
  BuildResult,
  BuildStep,
  BuildWarning,
  BuiltImage,
  CacheMiss,
  InputChange,
  StepState,
} from '@wharf/core';
import { bytes, flag, natural, record, size, text, texts, time } from './values.js';

const change: fc.Arbitrary<InputChange> = record<InputChange, 'kind' | 'name' | 'text'>(
  { kind: text, name: text, text },
  { before: text, after: text },
);

export const cacheMiss: fc.Arbitrary<CacheMiss> = fc.record({
  reason: fc.constantFrom(
    'first' as const,
    'changed' as const,
    'asked' as const,
    'collected' as const,
  ),
  changes: fc.array(change, { maxLength: 3 }),
});

export const buildStep: fc.Arbitrary<BuildStep> = fc.record({
  id: natural,
  name: text,
  stage: text,
  platform: text,
  inputs: fc.array(natural, { maxLength: 3 }),
});

type Done = Extract<StepState, { kind: 'done' }>;

export const stepState: fc.Arbitrary<StepState> = fc.oneof(
  fc.record({ kind: fc.constantFrom('waiting' as const, 'cancelled' as const) }),
  fc.record({ kind: fc.constant('running' as const), startedAt: time }),
  record<Done, Exclude<keyof Done, 'miss'>>(
    { kind: fc.constant('done'), startedAt: time, finishedAt: time, cached: flag },
    { miss: cacheMiss },
  ),
  fc.record({
    kind: fc.constant('failed' as const),
    startedAt: time,
    finishedAt: time,
    error: text,
  }),
);

export const builtImage: fc.Arbitrary<BuiltImage> = fc.record({
  digest: text,
  imageId: text,
  names: texts,
});

const warning: fc.Arbitrary<BuildWarning> = record<
  BuildWarning,
  Exclude<keyof BuildWarning, 'place'>
>(
  { rule: text, message: text, detail: text, url: text },
  { place: fc.record({ file: text, firstLine: natural, lastLine: natural, excerpt: text }) },
);

const result: fc.Arbitrary<BuildResult> = record<BuildResult, Exclude<keyof BuildResult, 'image'>>(
  { buildId: text, lock: text, cachedSteps: natural, executedSteps: natural, metadata: text },
  { image: builtImage },
);

export const buildFrame: fc.Arbitrary<BuildFrame> = fc.oneof(
  fc.record({ kind: fc.constant('started' as const), buildId: text }),
  fc.record({ kind: fc.constant('step' as const), step: buildStep }),
  fc.record({ kind: fc.constant('state' as const), stepId: natural, state: stepState }),
  fc.record({
    kind: fc.constant('log' as const),
    stepId: natural,
    stream: fc.constantFrom('stdout' as const, 'stderr' as const),
    data: bytes,
    at: time,
  }),
  fc.record({
    kind: fc.constant('progress' as const),
    stepId: natural,
    name: text,
    current: size,
    total: size,
    unit: fc.constantFrom('bytes' as const, 'pieces' as const),
  }),
  fc.record({ kind: fc.constant('warning' as const), warning }),
  fc.record({ kind: fc.constant('output' as const), index: natural, data: bytes, last: flag }),
  fc.record({ kind: fc.constant('verified' as const), same: flag, differences: texts }),
  fc.record({ kind: fc.constant('done' as const), result }),
);
