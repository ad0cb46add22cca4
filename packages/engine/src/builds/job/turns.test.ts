import {
  checkInTurns,
  includeInTurns,
  outlineInTurns,
  parseIgnoreInTurns,
  parseInTurns,
  planInTurns,
  toDockerfile,
  toInstructionsInTurns,
  type Plan,
  type Turns,
} from '@wharf/dockerfile';
import { expect, test } from 'vitest';
import { describeNodesInTurns } from '../solve/describe.js';
import { buildGraphInTurns } from '../solve/graph.js';
import { amd64 } from '../testing/plans.js';
import { warningsOf } from './warnings.js';

/** Does all of it; notes the longest part in milliseconds of the thread's own time, as others may have the machine. */
function measured<T>(longest: number[], work: Turns<T>): T {
  let most = 0;
  for (;;) {
    const before = process.threadCpuUsage();
    const turn = work.next();
    const { user, system } = process.threadCpuUsage(before);
    most = Math.max(most, (user + system) / 1000);
    if (turn.done === true) {
      longest.push(most);
      return turn.value;
    }
  }
}

const most = (1 << 20) - 1000;
const lines = (line: string): string => line.repeat(Math.min(2000, Math.floor(most / line.length)));

test.each([
  ['many steps', lines(`${'RUN echo '.padEnd(250, 'x $A ')}\n`)],
  [
    'many findings',
    Array.from({ length: 1900 }, (_, i) => `run ${'y '.repeat(100)}${i}\nLABEL a${i % 9} x\n`).join(
      '',
    ),
  ],
  ['many sources', lines(`COPY ${'a b c '.repeat(40)}/d/\n`)],
  ['many labels', lines(`LABEL ${Array.from({ length: 4000 }, (_, i) => `k${i}=v`).join(' ')}\n`)],
  ['one instruction of many lines', `RUN ${'x y \\\n'.repeat(most / 6)}z\n`],
  ['one long line', `RUN ${'x'.repeat(most)}\n`],
  ['one long text', `COPY <<EOF /x\n${'line of text $A\n'.repeat(most / 17)}EOF\n`],
  [
    'stages that copy from each other',
    Array.from(
      { length: 490 },
      (_, i) => `FROM scratch AS s${i + 1}\nCOPY --from=s${i} / /\n${'RUN x\n'.repeat(6)}`,
    ).join(''),
  ],
])('a long Dockerfile of %s is read in parts that are short', (_what, body) => {
  const round = (): number => {
    const longest: number[] = [];
    const ast = measured(longest, parseInTurns(`FROM scratch AS s0\nARG A=1\n${body}`));
    const listing = measured(longest, toInstructionsInTurns(ast));
    measured(longest, includeInTurns(listing, new Map()));
    const file = toDockerfile(listing);
    const options = { buildPlatform: amd64, targetPlatform: amd64, images: new Map() };
    const plan = measured(longest, planInTurns(file, options)) as Plan;
    const plans = [{ platform: amd64, plan }];
    const graph = measured(longest, buildGraphInTurns(plans));
    measured(longest, describeNodesInTurns({ plans, graph, place: '.' }));
    const { findings } = measured(longest, checkInTurns(file, options));
    measured(longest, warningsOf(findings));
    measured(longest, outlineInTurns(file, options));
    expect(plan.kind).toBe('plan');
    return Math.max(...longest);
  };
  // What is compiled and collected at the same time counts too, but not each time.
  expect([0, 1, 2].some(() => round() < 100)).toBe(true);
});

test('a long file that is included, and a long ignore file, are read in parts that are short', () => {
  const longest: number[] = [];
  const ast = measured(longest, parseInTurns('# wharf=include\nFROM scratch\nINCLUDE other\n'));
  const listing = measured(longest, toInstructionsInTurns(ast));
  const other = `RUN ${'x y \\\n'.repeat(most / 6)}z\n`;
  const included = measured(longest, includeInTurns(listing, new Map([['other', other]])));
  expect(included.kind).toBe('done');
  measured(longest, parseIgnoreInTurns(`${'a/**/[a-z]?*'.repeat(100)}\n`.repeat(800)));
  expect(Math.max(...longest)).toBeLessThan(100);
});
