import type { BuildRecord, RecordedStep } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { escapeControls } from '../../format/escape.js';
import { alignTabs } from '../../format/tabwriter.js';
import { missText } from '../../format/build-progress/index.js';
import { define } from '../define.js';
import { buildsOf } from '../image-build/builds-of.js';
import { formatOne } from '../shared/format-one.js';
import { inspectFormatFlag } from '../shared/format-flag.js';
import { buildDuration, cachedSteps } from './build-row.js';
import { buildArgument, latestBuild } from './latest.js';

export default define({
  path: ['builder', 'inspect'],
  aliases: [['builder', 'history', 'inspect']],
  summary: 'Display what is known of a build',
  flags: defineFlags({ format: inspectFormatFlag }),
  args: [buildArgument],
  examples: [
    { text: 'The last build', command: 'wharf builder inspect' },
    { text: 'One of before, as JSON', command: 'wharf builder inspect --format json 3f2a' },
  ],
  async run(context, { format }, [ref = latestBuild], { signal }) {
    const builds = await buildsOf(context);
    const record = await builds.get(ref, { signal });
    const { io } = context;
    io.stdout.write(
      format === '' ? recordText(record, io.now()) : formatOne(format, shape(record)),
    );
  },
});

/** As JSON and templates show it. */
function shape(record: BuildRecord): object {
  const { image } = record;
  return {
    ID: record.id,
    Name: record.name,
    Status: record.status,
    StartedAt: record.startedAt.toISOString(),
    FinishedAt: record.finishedAt?.toISOString() ?? '',
    Error: record.error,
    Target: record.target,
    Platforms: [...record.platforms],
    Image:
      image === undefined
        ? null
        : { Digest: image.digest, ID: image.imageId, Names: [...image.names] },
    Steps: record.steps.map(stepShape),
  };
}

function stepShape(step: RecordedStep): object {
  const { state } = step;
  return {
    ID: step.id,
    Name: step.name,
    Stage: step.stage,
    Platform: step.platform,
    Inputs: [...step.inputs],
    CacheKey: step.cacheKey,
    State: state.kind,
    Cached: state.kind === 'done' && state.cached,
    StartedAt: 'startedAt' in state ? state.startedAt.toISOString() : '',
    FinishedAt: 'finishedAt' in state ? state.finishedAt.toISOString() : '',
    Miss: state.kind === 'done' && state.miss !== undefined ? missText(state.miss) : '',
    Error: state.kind === 'failed' ? state.error : '',
  };
}

function recordText(record: BuildRecord, now: Date): string {
  const { image } = record;
  const facts: readonly (readonly [string, string])[] = [
    ['Build', record.id],
    ['Context', record.name],
    ['Target', record.target],
    ['Platforms', record.platforms.join(', ')],
    ['Status', record.status],
    ['Started', record.startedAt.toISOString()],
    ['Duration', buildDuration(record, now)],
    ['Steps', `${record.steps.length} (${cachedSteps(record)} cached)`],
    ['Image', image?.digest ?? ''],
    ['Names', image?.names.join(', ') ?? ''],
    ['Error', record.error],
  ];
  const lines = facts
    .filter(([, value]) => value !== '')
    .map(
      ([name, value]) =>
        `${`${name}:`.padEnd(12)}${value.split('\n').map(escapeControls).join(' ')}\n`,
    );
  return `${lines.join('')}\n${stepTable(record.steps)}`;
}

function stepTable(steps: readonly RecordedStep[]): string {
  const rows = steps.map((step) => [
    String(step.id),
    escapeControls(step.name),
    stateWord(step),
    duration(step),
  ]);
  const lines = [['STEP', 'NAME', 'STATE', 'DURATION'], ...rows].map((cells) => cells.join('\t'));
  return `${alignTabs(lines.join('\n'))}\n`;
}

function stateWord({ state }: RecordedStep): string {
  return state.kind === 'done' && state.cached ? 'cached' : state.kind;
}

function duration({ state }: RecordedStep): string {
  if (!('finishedAt' in state)) return '';
  return `${((state.finishedAt.getTime() - state.startedAt.getTime()) / 1000).toFixed(1)}s`;
}
