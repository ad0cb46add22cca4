import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { displayWidth } from '../width.js';
import { applyProgress, emptyProgress, progressWriter, render } from './index.js';
import type { ProgressEvent } from './index.js';

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const event = (id: string, phase: string, current = 0, total = 0): ProgressEvent => ({
  id,
  phase,
  current,
  total,
});

function state(...events: (readonly [number, ProgressEvent])[]) {
  return events.reduce((at, [now, one]) => applyProgress(at, one, now), emptyProgress);
}

describe('render', () => {
  test('a line per item with bar, bytes and speed', () => {
    const shown = state(
      [0, event(digest('a'), 'downloading', 1_000_000, 4_000_000)],
      [1000, event(digest('a'), 'downloading', 2_000_000, 4_000_000)],
      [1000, event(digest('b'), 'waiting')],
      [1000, event(digest('c'), 'exists')],
      [1000, event('debian:12', 'resolving')],
    );
    const bar = `[${'='.repeat(25)}>${' '.repeat(24)}]`;
    expect(render(shown, 100, 10)).toEqual([
      `aaaaaaaaaaaa: Downloading ${bar}  2MB/4MB  1MB/s`,
      'bbbbbbbbbbbb: Waiting',
      'cccccccccccc: Already exists',
      'debian:12: Resolving',
    ]);
  });

  test('a resumed download counts its speed from where it began', () => {
    const shown = state(
      [0, event('x', 'downloading', 900, 1000)],
      [1000, event('x', 'downloading', 950, 1000)],
    );
    expect(render(shown, 80, 5)[0]).toContain('50B/s');
  });

  test('too many items: the finished make room, and the rest is counted', () => {
    const shown = state(
      ...Array.from({ length: 6 }, (_, at): [number, ProgressEvent] => [
        0,
        event(`l${at}`, at < 4 ? 'done' : 'downloading', 1, 10),
      ]),
    );
    expect(render(shown, 25, 4)).toEqual([
      'l3: Pull complete',
      'l4: Downloading 1B/10B',
      'l5: Downloading 1B/10B',
      '3 more not shown; 4 of 6…',
    ]);
  });

  test('never more lines nor columns than there are, and no control characters', () => {
    const any = fc.record({
      id: fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.constant(digest('d'))),
      phase: fc.oneof(fc.constantFrom('downloading', 'done', 'waiting', '__proto__'), fc.string()),
      current: fc.integer(),
      total: fc.integer(),
    });
    fc.assert(
      fc.property(fc.array(any), fc.integer({ min: 1, max: 120 }), fc.nat(10), (all, w, h) => {
        const lines = render(state(...all.map((one): [number, ProgressEvent] => [0, one])), w, h);
        expect(lines.length).toBeLessThanOrEqual(h);
        for (const line of lines) {
          expect(displayWidth(line)).toBeLessThanOrEqual(w);
          expect(/\p{Cc}/u.test(line)).toBe(false);
        }
      }),
    );
  });
});

/** A terminal of a few rows that knows the sequences that the writer uses. */
class Screen {
  readonly isTTY = true;
  columns = 60;
  rows = 10;
  text = '';
  write(text: string): void {
    this.text += text;
  }
  lines(): string[] {
    const lines: string[] = [''];
    let row = 0;
    for (const [token] of this.text.matchAll(/\x1b\[\??\d*[A-Za-z]|\r|\n|[^\x1b\r\n]+/g)) {
      const up = /^\x1b\[(\d+)A$/.exec(token);
      if (up !== null) row -= Number(up[1]);
      else if (token === '\n') lines[++row] ??= '';
      else if (token === '\x1b[2K') lines[row] = '';
      else if (token === '\x1b[J') lines.splice(row, Infinity, '');
      else if (token !== '\r' && !token.startsWith('\x1b')) lines[row] += token;
    }
    return lines;
  }
}

describe('the writer', () => {
  test('redraws its lines in place and gives the cursor back', () => {
    const screen = new Screen();
    let [now, undone] = [0, 0];
    const options = { now: () => now, interval: 0, onExit: () => () => void undone++ };
    const writer = progressWriter(screen, options);
    writer.update(event('a', 'waiting'));
    now = 1000;
    writer.update(event('b', 'waiting'));
    writer.update(event('a', 'done'));
    expect(screen.lines()).toEqual(['a: Pull complete', 'b: Waiting', '']);
    expect(screen.text).toContain('\x1b[?25l');
    writer[Symbol.dispose]();
    writer[Symbol.dispose]();
    writer.update(event('b', 'done'));
    expect(screen.lines()).toEqual(['a: Pull complete', 'b: Waiting', '']);
    expect(screen.text.endsWith('\x1b[?25h')).toBe(true);
    expect(undone).toBe(1);
    expect(screen.text.split('\x1b[?2026h').length).toBe(screen.text.split('\x1b[?2026l').length);
  });

  test('the end of the process gives the cursor back', () => {
    const screen = new Screen();
    let restore = (): void => undefined;
    const onExit = (undo: () => void) => {
      restore = undo;
      return () => undefined;
    };
    progressWriter(screen, { interval: 0, onExit }).update(event('a', 'waiting'));
    restore();
    expect(screen.text.endsWith('\x1b[?25h')).toBe(true);
  });

  test('quick events are drawn together', () => {
    const screen = new Screen();
    const options = { now: () => 0, interval: 1000, onExit: () => () => undefined };
    using writer = progressWriter(screen, options);
    for (let at = 0; at < 1000; at++) writer.update(event('a', 'downloading', at, 1000));
    expect(screen.text.split('\x1b[?2026h').length - 1).toBe(1);
  });

  test('without a terminal each change of phase is a line', () => {
    let text = '';
    using writer = progressWriter({ write: (part) => (text += part) });
    for (let at = 0; at < 5; at++) writer.update(event(digest('a'), 'downloading', at, 5));
    writer.update(event(digest('a'), 'done'));
    expect(text).toBe('aaaaaaaaaaaa: Downloading\naaaaaaaaaaaa: Pull complete\n');
  });
});
