import type { BuildFrame, BuildStep, StepState } from '@wharf/core';
import { escapeControls } from '../escape.js';
import { LogLines } from './log-lines.js';

export interface LogLine {
  /** Seconds since the step began. */
  readonly at: number;
  readonly text: string;
}

export interface ShownProgress {
  readonly name: string;
  readonly current: number;
  /** 0 is not known. */
  readonly total: number;
  readonly unit: 'bytes' | 'pieces';
}

/** A step as it is shown. */
export interface ShownStep {
  readonly id: number;
  /** Harmless to a terminal. */
  readonly name: string;
  /** In the order in which steps began; 0 before. */
  readonly number: number;
  /** By which people name it: that of the build, 0 for what this program does itself. */
  readonly label: number;
  readonly state: StepState;
  /** When it was told here that it runs; milliseconds. */
  readonly since: number;
  /** The last ones. */
  readonly lines: readonly LogLine[];
  readonly progress: ReadonlyMap<string, ShownProgress>;
}

/** What a frame has brought for one step. */
export interface StepChange {
  readonly step: ShownStep;
  readonly before: StepState['kind'];
  readonly newLines: readonly LogLine[];
}

const keptLines = 100;

interface MutableStep extends ShownStep {
  number: number;
  state: StepState;
  since: number;
  readonly lines: LogLine[];
  readonly progress: Map<string, ShownProgress>;
  readonly readers: Map<string, LogLines>;
}

/** The steps of a build as its frames tell of them. */
export class BuildState {
  readonly #steps = new Map<number, MutableStep>();
  #numbers = 0;

  get steps(): readonly ShownStep[] {
    return [...this.#steps.values()];
  }

  find(id: number): ShownStep | undefined {
    return this.#steps.get(id);
  }

  /** @returns what is new about a step; undefined for frames that are of none */
  apply(frame: BuildFrame, now: number): StepChange | undefined {
    switch (frame.kind) {
      case 'step':
        this.#add(frame.step);
        return undefined;
      case 'state':
        return this.#changed(frame.stepId, (step) => this.#move(step, frame.state, now));
      case 'log':
        return this.#changed(frame.stepId, (step) => logged(step, frame));
      case 'progress':
        return this.#changed(frame.stepId, (step) => {
          const { name, current, total, unit } = frame;
          step.progress.set(name, { name: escapeControls(name), current, total, unit });
          return [];
        });
      default:
        return undefined;
    }
  }

  #add({ id, name }: BuildStep): void {
    if (this.#steps.has(id)) return;
    this.#steps.set(id, {
      id,
      name: escapeControls(name),
      number: 0,
      label: Math.max(0, id),
      state: { kind: 'waiting' },
      since: 0,
      lines: [],
      progress: new Map(),
      readers: new Map(),
    });
  }

  #changed(id: number, change: (step: MutableStep) => readonly LogLine[]): StepChange | undefined {
    const step = this.#steps.get(id);
    if (step === undefined) return undefined;
    const before = step.state.kind;
    return { step, before, newLines: change(step) };
  }

  #move(step: MutableStep, state: StepState, now: number): readonly LogLine[] {
    if (step.number === 0 && state.kind !== 'waiting' && state.kind !== 'cancelled') {
      step.number = ++this.#numbers;
    }
    if (state.kind === 'running' && step.state.kind !== 'running') step.since = now;
    const rest =
      state.kind === 'running' ? [] : [...step.readers.values()].flatMap((one) => one.end());
    const at = 'finishedAt' in state ? seconds(state.startedAt, state.finishedAt) : 0;
    step.state = state;
    return keep(step, rest, at);
  }
}

function logged(
  step: MutableStep,
  { stream, data, at }: Extract<BuildFrame, { readonly kind: 'log' }>,
): readonly LogLine[] {
  const reader = step.readers.get(stream) ?? new LogLines();
  step.readers.set(stream, reader);
  const started = 'startedAt' in step.state ? step.state.startedAt : at;
  return keep(step, reader.push(data), seconds(started, at));
}

function keep(step: MutableStep, texts: readonly string[], at: number): readonly LogLine[] {
  const lines = texts.map((text) => ({ at, text }));
  step.lines.push(...lines);
  if (step.lines.length > keptLines) step.lines.splice(0, step.lines.length - keptLines);
  return lines;
}

function seconds(from: Date, to: Date): number {
  return Math.max(0, to.getTime() - from.getTime()) / 1000;
}

/** How long a step has taken so far or in all, in seconds. */
export function elapsed({ state, since }: ShownStep, now: number): number {
  if ('finishedAt' in state) return seconds(state.startedAt, state.finishedAt);
  return state.kind === 'running' ? Math.max(0, now - since) / 1000 : 0;
}
