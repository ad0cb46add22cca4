import type { BuildFrame, RecordedStep } from '@wharf/core';
import { defineFlags } from '../../argv/flags.js';
import { buildDisplay } from '../../format/build-progress/index.js';
import { define } from '../define.js';
import { buildsOf } from '../image-build/builds-of.js';
import { warningsText } from '../image-build/report.js';
import { buildArgument, latestBuild } from './latest.js';

const modes = ['plain', 'rawjson'] as const;

export default define({
  path: ['builder', 'logs'],
  aliases: [['builder', 'history', 'logs']],
  summary: 'Print what the steps of a build have written',
  flags: defineFlags({
    progress: {
      type: 'string',
      default: 'plain',
      values: modes,
      description: 'Set type of progress output (plain, rawjson)',
      check: (text) => (modes.some((one) => one === text) ? undefined : 'must be plain or rawjson'),
    },
  }),
  args: [buildArgument],
  examples: [{ text: 'Of the last build', command: 'wharf builder logs' }],
  async run(context, { progress }, [ref = latestBuild], { signal }) {
    const { io } = context;
    const builds = await buildsOf(context);
    const mode = progress === 'rawjson' ? 'rawjson' : 'plain';
    const display = buildDisplay(mode, io.stdout, {
      explain: true,
      now: () => io.now().getTime(),
      onExit: (restore) => io.onExit(restore),
    });
    const warnings = [];
    const { steps } = await builds.get(ref, { signal });
    for await (const frame of withStarts(builds.logs(ref, { signal }), steps)) {
      display.frame(frame);
      if (frame.kind === 'warning') warnings.push(frame.warning);
    }
    display.end();
    if (mode === 'plain') io.stdout.write(warningsText(warnings, true));
  },
});

/** Lines tell their time since the step began, which is told behind them. */
async function* withStarts(
  frames: AsyncIterable<BuildFrame>,
  steps: readonly RecordedStep[],
): AsyncGenerator<BuildFrame> {
  const starts = new Map<number, Date>();
  for (const { id, state } of steps) if ('startedAt' in state) starts.set(id, state.startedAt);
  for await (const frame of frames) {
    const startedAt = frame.kind === 'log' ? starts.get(frame.stepId) : undefined;
    if (frame.kind === 'log' && startedAt !== undefined) {
      starts.delete(frame.stepId);
      yield { kind: 'state', stepId: frame.stepId, state: { kind: 'running', startedAt } };
    }
    yield frame;
  }
}
