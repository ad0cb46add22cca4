import fc from 'fast-check';
import type { BuildRecord, RecordedStep, StepExplanation } from '@wharf/core';
import { buildStep, builtImage, cacheMiss, stepState } from './build-frames.js';
import { record, text, texts, time } from './values.js';

const recordedStep: fc.Arbitrary<RecordedStep> = fc
  .tuple(buildStep, stepState, text)
  .map(([step, state, cacheKey]) => ({ ...step, state, cacheKey }));

export const buildRecord: fc.Arbitrary<BuildRecord> = record<
  BuildRecord,
  Exclude<keyof BuildRecord, 'finishedAt' | 'image'>
>(
  {
    id: text,
    name: text,
    status: fc.constantFrom('running', 'completed', 'failed', 'cancelled'),
    startedAt: time,
    error: text,
    target: text,
    platforms: texts,
    steps: fc.array(recordedStep, { maxLength: 3 }),
  },
  { finishedAt: time, image: builtImage },
);

export const stepExplanation: fc.Arbitrary<StepExplanation> = record<
  StepExplanation,
  'step' | 'inputs'
>(
  {
    step: recordedStep,
    inputs: fc.array(fc.record({ kind: text, name: text, value: text }), { maxLength: 3 }),
  },
  { miss: cacheMiss },
);
