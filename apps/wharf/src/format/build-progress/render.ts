import { clipToWidth, displayWidth } from '../width.js';
import { missText } from './miss-text.js';
import { progressText } from './progress-text.js';
import { elapsed, type ShownStep } from './state.js';

export interface RenderOptions {
  /** Milliseconds; of running steps and of the build. */
  readonly now: number;
  /** When the build began. */
  readonly startedAt: number;
  readonly width: number;
  /** Lines at most; all of them when the build has ended. */
  readonly height: number;
  readonly explain: boolean;
  readonly finished: boolean;
  /** What is told of a build that is being stopped. */
  readonly stopping?: string;
}

/** Lines of output under a running step. */
const tailLines = 6;

/** The lines that show a build, none wider than the terminal and, until it has ended, not more than it has. */
export function renderBuild(steps: readonly ShownStep[], options: RenderOptions): string[] {
  const begun = steps
    .filter(({ number }) => number > 0)
    .sort((left, right) => left.number - right.number);
  const notes = options.stopping === undefined || options.finished ? [] : [options.stopping];
  const room = options.finished ? Infinity : options.height - 1 - notes.length;
  const blocks = fitted(begun, room, options);
  const lines = [header(steps, options), ...notes, ...blocks.flat()].map((line) =>
    clipToWidth(line, options.width),
  );
  return options.finished ? lines : lines.slice(0, Math.max(1, options.height));
}

function header(steps: readonly ShownStep[], options: RenderOptions): string {
  const { now, startedAt, finished, stopping } = options;
  const ended = steps.filter(({ state }) => state.kind === 'done' || state.kind === 'failed');
  const needed = steps.filter(({ state }) => state.kind !== 'cancelled');
  const seconds = Math.max(0, now - startedAt) / 1000;
  const end = !finished ? '' : stopping === undefined ? ' FINISHED' : ' CANCELED';
  return `[+] Building ${seconds.toFixed(1)}s (${ended.length}/${needed.length})${end}`;
}

/** Running and failed steps come first to the room that there is, then the latest others, then output. */
function fitted(
  steps: readonly ShownStep[],
  room: number,
  options: RenderOptions,
): readonly (readonly string[])[] {
  const active = steps.filter(isActive);
  const others = steps.filter((step) => !isActive(step));
  const left = Math.max(0, room - active.length);
  const wanted = active.map((step) => below(step, options).length).reduce((a, b) => a + b, 0);
  const shownOthers = others.slice(
    others.length - Math.min(others.length, Math.max(left - wanted, Math.floor(left / 2))),
  );
  const taken = shownOthers
    .map((step) => 1 + below(step, options).length)
    .reduce((a, b) => a + b, 0);
  let rest = Math.max(0, left - taken);
  const keep = new Set([...active, ...shownOthers]);
  return steps
    .filter((step) => keep.has(step))
    .map((step) => {
      const lines = below(step, options);
      if (!isActive(step)) return [stepLine(step, options), ...lines];
      const shown = lines.slice(Math.max(0, lines.length - rest));
      rest -= shown.length;
      return [stepLine(step, options), ...(shown.length > 0 ? shown : [])];
    });
}

function isActive({ state }: ShownStep): boolean {
  return state.kind === 'running' || state.kind === 'failed';
}

const marks: Readonly<Record<ShownStep['state']['kind'], string>> = {
  waiting: '',
  running: '',
  done: '',
  failed: 'ERROR ',
  cancelled: 'CANCELED ',
};

function stepLine(step: ShownStep, options: RenderOptions): string {
  const { now, width, finished, stopping } = options;
  const { state } = step;
  const cached = state.kind === 'done' && state.cached;
  const time = ` ${elapsed(step, now).toFixed(1)}s`;
  const stopped = finished && stopping !== undefined && state.kind === 'running';
  const mark = cached ? 'CACHED ' : marks[stopped ? 'cancelled' : state.kind];
  const left = ` => ${mark}${step.name}`;
  const room = Math.max(0, width - time.length);
  const text = clipToWidth(left, room);
  return `${text}${' '.repeat(Math.max(0, room - displayWidth(text)))}${time}`;
}

/** What stands under a step: how far it is and what it writes, or why it was executed. */
function below(step: ShownStep, { explain, finished }: RenderOptions): string[] {
  const { state } = step;
  if (state.kind === 'running' && !finished) {
    const progress = [...step.progress.values()].map((one) => ` => => ${progressText(one)}`);
    const lines = step.lines.slice(-tailLines).map(({ text }) => ` => => # ${text}`);
    return [...progress, ...lines];
  }
  if (state.kind !== 'done' || state.cached) return [];
  const sums = [...step.progress.values()].map((one) => ` => => ${progressText(one)}`);
  const why = explain && state.miss !== undefined ? [` => => ${missText(state.miss)}`] : [];
  return [...(finished ? sums : []), ...why];
}
