import type { BuildFrame, StepState } from '@wharf/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { displayWidth } from '../width.js';
import { harmless, LogLines } from './log-lines.js';
import { PlainDisplay } from './plain.js';
import { progressText } from './progress-text.js';
import { frameJson, JsonDisplay } from './rawjson.js';
import { renderBuild } from './render.js';
import { BuildState } from './state.js';
import { TerminalDisplay } from './terminal.js';

const begin = Date.parse('2026-01-31T12:00:00Z');
const at = (millis: number): Date => new Date(begin + millis);
const step = (id: number, name: string): BuildFrame => ({
  kind: 'step',
  step: { id, name, stage: '', platform: '', inputs: [] },
});
const state = (stepId: number, one: StepState): BuildFrame => ({
  kind: 'state',
  stepId,
  state: one,
});
const running = (stepId: number, from: number): BuildFrame =>
  state(stepId, { kind: 'running', startedAt: at(from) });
const done = (stepId: number, from: number, to: number, more: object = {}): BuildFrame =>
  state(stepId, {
    kind: 'done',
    startedAt: at(from),
    finishedAt: at(to),
    cached: false,
    ...more,
  });
const log = (stepId: number, text: string, when: number): BuildFrame => ({
  kind: 'log',
  stepId,
  stream: 'stdout',
  data: Buffer.from(text),
  at: at(when),
});

/** Two steps side by side after one that the cache has; the last one fails. */
const frames: readonly BuildFrame[] = [
  { kind: 'started', buildId: 'b1' },
  step(1, '[internal] load build context'),
  step(2, '[2/4] RUN make'),
  step(3, '[3/4] COPY src src'),
  step(4, '[4/4] RUN \x1b[31mfalse'),
  step(5, '[other 1/1] FROM scratch'),
  running(1, 0),
  { kind: 'progress', stepId: 1, name: 'transferring', current: 2100, total: 3000, unit: 'bytes' },
  { kind: 'progress', stepId: 1, name: 'transferring', current: 3000, total: 3000, unit: 'bytes' },
  done(1, 0, 100),
  running(2, 100),
  running(3, 100),
  log(2, 'cc a.c\ncc b', 223),
  done(3, 100, 200, { cached: true }),
  log(2, '.c\r\n10%\r20%\n\x1b[32mgreen\x1b[0m\x07\n', 1500),
  done(2, 100, 1300, {
    miss: {
      reason: 'changed',
      changes: [
        { kind: 'file', name: 'a', text: 'COPY src: src/a.ts sha256 1f… -> 9c…' },
        { kind: 'file', name: 'b', text: 'x' },
      ],
    },
  }),
  running(4, 1500),
  log(4, 'no end', 1600),
  state(4, { kind: 'failed', startedAt: at(1500), finishedAt: at(2000), error: 'exit code: 1' }),
  state(5, { kind: 'cancelled' }),
];

function plain(all: readonly BuildFrame[], explain: boolean): string {
  let text = '';
  const output = { write: (more: string) => (text += more) };
  const display = new PlainDisplay(output, { explain, now: () => begin });
  for (const frame of all) display.frame(frame);
  display.end();
  return text;
}

describe('plain', () => {
  test('a step is numbered when it begins, its lines have its number and the seconds since then', () => {
    expect(plain(frames, true)).toBe(
      [
        '#1 [internal] load build context',
        '#1 transferring: 3kB done',
        '#1 DONE 0.1s',
        '',
        '#2 [2/4] RUN make',
        '#2 ...',
        '',
        '#3 [3/4] COPY src src',
        '#3 ...',
        '',
        '#2 [2/4] RUN make',
        '#2 0.123 cc a.c',
        '#2 ...',
        '',
        '#3 [3/4] COPY src src',
        '#3 CACHED',
        '',
        '#2 [2/4] RUN make',
        '#2 1.400 cc b.c',
        '#2 1.400 20%',
        '#2 1.400 green\\x07',
        '#2 miss: COPY src: src/a.ts sha256 1f… -> 9c… (and 1 more)',
        '#2 DONE 1.2s',
        '',
        '#4 [4/4] RUN \\x1b[31mfalse',
        '#4 0.500 no end',
        '#4 ERROR: exit code: 1',
        '',
        '',
      ].join('\n'),
    );
  });

  test('without --explain no reasons', () => {
    expect(plain(frames, false)).not.toContain('miss');
  });
});

describe('the terminal', () => {
  function rendered(count: number, more: object = {}): string[] {
    const build = new BuildState();
    for (const frame of frames.slice(0, count)) build.apply(frame, begin + 100);
    return renderBuild(build.steps, {
      now: begin + 1600,
      startedAt: begin,
      width: 60,
      height: 20,
      explain: true,
      finished: false,
      ...more,
    });
  }

  test('running steps with the end of their output', () => {
    expect(rendered(15)).toEqual([
      '[+] Building 1.6s (2/5)',
      ' => [internal] load build context                       0.1s',
      ' => [2/4] RUN make                                      1.5s',
      ' => => # cc a.c',
      ' => => # cc b.c',
      ' => => # 20%',
      ' => => # green\\x07',
      ' => CACHED [3/4] COPY src src                           0.1s',
    ]);
  });

  test('the end of a build', () => {
    expect(rendered(frames.length, { finished: true, height: 3 })).toEqual([
      '[+] Building 1.6s (4/4) FINISHED',
      ' => [internal] load build context                       0.1s',
      ' => => transferring: 3kB',
      ' => [2/4] RUN make                                      1.2s',
      ' => => miss: COPY src: src/a.ts sha256 1f… -> 9c… (and 1 mo…',
      ' => CACHED [3/4] COPY src src                           0.1s',
      ' => ERROR [4/4] RUN \\x1b[31mfalse                       0.5s',
    ]);
  });

  test('a build that is stopped says so, and what ran is marked', () => {
    const stopping = 'cancelling the build';
    expect(rendered(15, { stopping, explain: false }).slice(0, 2)).toEqual([
      '[+] Building 1.6s (2/5)',
      stopping,
    ]);
    const ended = rendered(15, { stopping, finished: true });
    expect(ended).not.toContain(stopping);
    expect(ended[0]).toBe('[+] Building 1.6s (2/5) CANCELED');
    expect(ended).toContain(' => CANCELED [2/4] RUN make                             1.5s');
  });

  test('a small terminal shows what runs', () => {
    expect(rendered(15, { height: 2 })).toEqual([
      '[+] Building 1.6s (2/5)',
      ' => [2/4] RUN make                                      1.5s',
    ]);
  });

  test('never more lines nor columns than there are, and no control characters', () => {
    const size = fc.record({
      width: fc.integer({ min: 1, max: 90 }),
      height: fc.integer({ min: 1, max: 12 }),
    });
    const some = fc.array(
      fc.oneof(
        fc
          .record({ id: fc.nat(6), name: fc.string({ unit: 'binary' }) })
          .map(({ id, name }) => step(id, name)),
        fc.nat(6).map((id) => running(id, 0)),
        fc.nat(6).map((id) => done(id, 0, 5)),
        fc
          .record({ id: fc.nat(6), data: fc.uint8Array() })
          .map(
            ({ id, data }) =>
              ({ kind: 'log', stepId: id, stream: 'stderr', data, at: at(1) }) as const,
          ),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(some, size, fc.boolean(), (all, { width, height }, explain) => {
        const build = new BuildState();
        for (const one of all) build.apply(one, begin);
        const times = { now: begin, startedAt: begin };
        const lines = renderBuild(build.steps, {
          ...times,
          width,
          height,
          explain,
          finished: false,
        });
        expect(lines.length).toBeLessThanOrEqual(Math.max(1, height));
        for (const line of lines) {
          expect(displayWidth(line)).toBeLessThanOrEqual(width);
          expect(/\p{Cc}/u.test(line)).toBe(false);
        }
      }),
    );
  });

  test('draws ten times a second at most and gives the cursor back', () => {
    let text = '';
    let now = begin;
    let undone = 0;
    const output = { write: (more: string) => (text += more), columns: 60, rows: 10 };
    const display = new TerminalDisplay(output, {
      explain: false,
      now: () => now,
      onExit: () => () => void undone++,
    });
    display.frame(step(1, 'a'));
    display.frame(running(1, 0));
    for (let i = 0; i < 1000; i++) {
      now += 1;
      display.frame(log(1, `${i}\n`, i));
    }
    display.end();
    display.end();
    expect(text.split('\x1b[?2026h').length - 1).toBeLessThanOrEqual(13);
    expect(text.endsWith('\x1b[?25h')).toBe(true);
    expect(undone).toBe(1);
  });
});

test.each([
  [{ current: 1, total: 1, unit: 'pieces' }, 'naming to app'],
  [{ current: 0, total: 0, unit: 'pieces' }, 'naming to app'],
  [{ current: 1, total: 3, unit: 'pieces' }, 'naming to app: 1 / 3'],
  [{ current: 0, total: 0, unit: 'bytes' }, 'naming to app: 0B'],
] as const)('progress of %o is %s', (progress, text) => {
  expect(progressText({ name: 'naming to app', ...progress })).toBe(text);
});

test('raw JSON has a line for each frame but the bytes of outputs', () => {
  let text = '';
  const display = new JsonDisplay({ write: (more: string) => (text += more) });
  display.frame(log(1, 'hi', 0));
  display.frame({ kind: 'output', index: 0, data: Buffer.from('x'), last: true });
  expect(text).toBe(
    '{"kind":"log","stepId":1,"stream":"stdout","data":"aGk=","at":"2026-01-31T12:00:00.000Z"}\n',
  );
  for (const frame of frames)
    expect(JSON.parse(frameJson(frame))).toHaveProperty('kind', frame.kind);
});

describe('lines of output', () => {
  test.each([
    ['a\tb', 'a        b'],
    ['10%\r90%\r', '90%'],
    ['\x1b[1;31mred\x1b[m', 'red'],
    ['\x1b]0;title\x07x', 'x'],
    ['\u202etxt', '\\u202etxt'],
  ])('%j', (line, shown) => {
    expect(harmless(line)).toBe(shown);
  });

  test('however it is cut, the lines are the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.nat(40)), (text, cuts) => {
        const bytes = Buffer.from(text);
        const lines = new LogLines();
        const found: string[] = [];
        let from = 0;
        for (const cut of [...cuts].sort((a, b) => a - b)) {
          found.push(...lines.push(bytes.subarray(from, cut)));
          from = Math.max(from, Math.min(cut, bytes.length));
        }
        found.push(...lines.push(bytes.subarray(from)), ...lines.end());
        const whole = new LogLines();
        expect(found).toEqual([...whole.push(bytes), ...whole.end()]);
      }),
    );
  });
});
