import type { Source } from '@wharf/dockerfile';
import type { Job } from '../context.js';
import type { OpReport } from '../executor.js';
import type { Recorder } from '../records/recorder.js';
import type { NodeDescription } from '../solve/describe.js';
import type { BuildGraph } from '../solve/graph.js';
import type { SolveWatcher } from '../solve/solve.js';
import { stepFailure } from './failure.js';

/** Tells of all steps before the first begins. @returns their ids by node */
export function showSteps(
  recorder: Recorder,
  graph: BuildGraph,
  descriptions: readonly NodeDescription[],
): readonly (number | undefined)[] {
  const steps: (number | undefined)[] = [];
  const shownInputs = (id: number): readonly number[] => {
    const step = steps[id];
    return step === undefined ? (graph.nodes[id]?.inputs ?? []).flatMap(shownInputs) : [step];
  };
  for (const { id, inputs } of graph.nodes) {
    const { name = '', stage = '', platform = '' } = descriptions[id] ?? {};
    const known = [...new Set(inputs.flatMap(shownInputs))];
    steps.push(name === '' ? undefined : recorder.add({ name, stage, platform, inputs: known }));
  }
  return steps;
}

export function watchSteps(
  job: Job,
  steps: readonly (number | undefined)[],
  descriptions: readonly NodeDescription[],
  sources: ReadonlyMap<string, Source>,
): SolveWatcher {
  const { recorder } = job;
  const at = (node: number, tell: (step: number) => void): void => {
    const step = steps[node];
    if (step !== undefined) tell(step);
  };
  return {
    started: (node) => at(node, (step) => recorder.started(step)),
    report(node) {
      const step = steps[node];
      return step === undefined ? silent : recorder.report(step);
    },
    done: (node, { key, cached, miss, counted }) =>
      at(node, (step) =>
        recorder.done(step, {
          cached,
          ...(counted ? { key } : {}),
          ...(miss === undefined ? {} : { miss }),
        }),
      ),
    failed(node, error) {
      const description = descriptions[node];
      if (description === undefined) return;
      const failure = stepFailure(error, description, sources);
      job.failure ??= failure;
      at(node, (step) => recorder.failed(step, failure.message));
    },
    cancelled: (node) => at(node, (step) => recorder.cancelled(step)),
  };
}

const silent: OpReport = { log: () => undefined, progress: () => undefined };
