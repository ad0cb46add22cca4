import type { BuildSpec } from '@wharf/core';
import type { Op } from '@wharf/dockerfile';
import { formatPlatform } from '@wharf/oci';
import { networkOf } from '../../ops/run/network.js';
import type { SolvedPlan } from '../../outputs.js';
import type { BuildFacts } from '../facts.js';
import { objectText, type JsonText } from '../statement.js';
import { builderId, buildType } from '../vocabulary.js';
import { dependenciesOf } from './dependencies.js';
import { neededOps } from './needed.js';
import { requestOf } from './request.js';
import { sourcesOf, stepsOf } from './steps.js';

export interface ProvenanceRequest {
  readonly buildId: string;
  readonly spec: BuildSpec;
  readonly solved: SolvedPlan;
  readonly epochSeconds: number;
  readonly facts: BuildFacts;
}

/**
 * How an image was built (SLSA provenance v1). `min` has nothing that differs between two builds of the same inputs: its bytes
 * are the same on any day. `max` adds values of arguments, the steps, the Dockerfile, and when and as which build it ran.
 */
export function* provenanceText(
  request: ProvenanceRequest,
  mode: 'min' | 'max',
): Generator<string> {
  const { spec, solved, facts } = request;
  const ops = neededOps(solved.plan);
  const resolved = { solved, ops, spec, facts, withTrees: mode === 'max' };
  yield `{"buildDefinition":{"buildType":${JSON.stringify(buildType)},`;
  yield `"externalParameters":${JSON.stringify(requestOf(spec, solved, facts, mode))},`;
  yield '"internalParameters":';
  yield* internalText(request, ops, mode);
  yield `,"resolvedDependencies":${JSON.stringify(dependenciesOf(resolved))}},`;
  yield `"runDetails":${JSON.stringify(runDetails(request, ops, mode))}}`;
}

function* internalText(
  { solved, facts, epochSeconds }: ProvenanceRequest,
  ops: readonly Op[],
  mode: 'min' | 'max',
): JsonText {
  const head = {
    builderPlatform: formatPlatform(facts.builderPlatform),
    sourceDateEpoch: epochSeconds,
  };
  if (mode === 'min') return yield JSON.stringify(head);
  yield `${JSON.stringify(head).slice(0, -1)},"buildConfig":`;
  yield* objectText({ version: 1 }, { sources: sourcesOf(facts), steps: stepsOf(solved, ops) });
  yield '}';
}

function runDetails(
  { buildId, spec, facts }: ProvenanceRequest,
  ops: readonly Op[],
  mode: 'min' | 'max',
): unknown {
  const isHermetic = ops.every((op) => op.kind !== 'run' || networkOf(op, spec) === 'none');
  const isTold = mode === 'max' || !hasSentFiles(spec, ops);
  return {
    builder: { id: builderId },
    metadata: {
      ...(mode === 'max'
        ? {
            invocationId: buildId,
            startedOn: timeOf(facts.startedAt),
            finishedOn: timeOf(facts.finishedAt),
          }
        : {}),
      wharf_completeness: { request: mode === 'max', resolvedDependencies: isHermetic && isTold },
      wharf_hermetic: isHermetic,
    },
  };
}

/** Whether a directory of the caller is used, of which `min` says nothing. */
function hasSentFiles({ context, namedContexts }: BuildSpec, ops: readonly Op[]): boolean {
  return ops.some((op) => {
    if (op.kind !== 'context') return false;
    const source = op.name === undefined ? context : namedContexts.get(op.name);
    return source?.kind === 'tree';
  });
}

function timeOf(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
