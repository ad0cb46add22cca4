import type { BuildRecord, StepExplanation } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { missText } from '../../format/build-progress/index.js';
import { escapeControls } from '../../format/escape.js';
import { define } from '../define.js';
import { buildsOf } from '../image-build/builds-of.js';
import { ellipsis } from '../shared/human.js';
import { formatOne } from '../shared/format-one.js';
import { inspectFormatFlag } from '../shared/format-flag.js';
import { latestBuild } from './latest.js';

const widestValue = 72;

export default define({
  path: ['builder', 'explain'],
  summary: 'Say why steps of a build were not in the cache, and what their cache keys are made of',
  description:
    'Say why steps of a build were not in the cache. Without STEP all that were executed are told of; STEP is the ' +
    'number of a step or the beginning of its name, and shows all inputs of its cache key too.',
  flags: defineFlags({
    format: inspectFormatFlag,
    inputs: { type: 'bool', description: 'Show the inputs of the cache keys' },
  }),
  args: [
    { name: 'BUILD', optional: true, complete: 'build' },
    { name: 'STEP', optional: true },
  ],
  examples: [
    { text: 'All steps of the last build', command: 'wharf builder explain' },
    { text: 'One of them, with its inputs', command: "wharf builder explain latest '[2/4]'" },
    { text: 'For a program', command: 'wharf builder explain --format json latest' },
  ],
  async run(context, { format, inputs }, [ref = latestBuild, step = ''], { signal }) {
    const builds = await buildsOf(context);
    const found = await builds.explain(ref, step, { signal });
    const { stdout } = context.io;
    if (format !== '') {
      for (const one of found) stdout.write(formatOne(format, shape(one)));
      return;
    }
    if (found.length === 0) stdout.write(`${whyNone(await builds.get(ref, { signal }))}\n`);
    const all = inputs || step !== '';
    stdout.write(found.map((one) => explanationText(one, all)).join(''));
  },
});

function whyNone({ status }: BuildRecord): string {
  return status === 'completed'
    ? 'all steps were in the cache'
    : `the build is ${status}: no step was executed to its end, those that ended were in the cache`;
}

function explanationText({ step, inputs, miss }: StepExplanation, withInputs: boolean): string {
  const lines = [
    `#${step.id} ${escapeControls(step.name)}`,
    `   ${reason(step, miss)}`,
    ...(miss?.changes ?? []).slice(1).map(({ text }) => `         ${escapeControls(text)}`),
  ];
  if (withInputs) {
    lines.push(
      ...inputs.map(({ kind, name, value }) => {
        const what = name === '' ? kind : `${kind} ${name}`;
        return `   ${escapeControls(what)} = ${ellipsis(escapeControls(value), widestValue)}`;
      }),
    );
  }
  return `${lines.join('\n')}\n`;
}

function reason(step: StepExplanation['step'], miss: StepExplanation['miss']): string {
  if (miss !== undefined) return missText({ ...miss, changes: miss.changes.slice(0, 1) });
  const cached = step.state.kind === 'done' && step.state.cached;
  if (cached) return 'it was in the cache';
  return step.state.kind === 'done' ? 'it has no cache key' : `it is ${step.state.kind}`;
}

function shape({ step, inputs, miss }: StepExplanation): object {
  return {
    ID: step.id,
    Name: step.name,
    Stage: step.stage,
    Platform: step.platform,
    CacheKey: step.cacheKey,
    State: step.state.kind,
    Cached: step.state.kind === 'done' && step.state.cached,
    Reason: miss?.reason ?? '',
    Changes: (miss?.changes ?? []).map(({ kind, name, before, after, text }) => ({
      Kind: kind,
      Name: name,
      Before: before ?? null,
      After: after ?? null,
      Text: text,
    })),
    Inputs: inputs.map(({ kind, name, value }) => ({ Kind: kind, Name: name, Value: value })),
  };
}
