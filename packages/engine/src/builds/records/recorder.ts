import type {
  BuildFrame,
  BuildRecord,
  BuildStep,
  BuildWarning,
  BuiltImage,
  RecordedStep,
  StepState,
} from '@wharf/core';
import type { OpReport } from '../executor.js';
import type { LogWriter } from './log-file.js';

/** Of one step, as BuildKit has it; what is more is left out of what people see and of the log. */
export const maxStepLogBytes = 2 * 1024 * 1024;

export interface RecorderOptions {
  readonly record: Pick<BuildRecord, 'id' | 'name' | 'startedAt' | 'target' | 'platforms'>;
  readonly log: LogWriter;
  readonly send: (frame: BuildFrame) => void;
  readonly now: () => number;
  /** Whether frames say why a step was executed; the record always does. */
  readonly explain: boolean;
}

interface Entry {
  readonly step: BuildStep;
  state: StepState;
  cacheKey: string;
  logBytes: number;
}

/** What becomes of one build, step by step: told to its reader, and kept for its record. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #entries: Entry[] = [];

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Tells of a step that waits. @returns its id */
  add(step: Omit<BuildStep, 'id'>): number {
    const id = this.#entries.length + 1;
    const full = { ...step, id };
    this.#entries.push({ step: full, state: { kind: 'waiting' }, cacheKey: '', logBytes: 0 });
    this.#options.send({ kind: 'step', step: full });
    return id;
  }

  started(id: number): void {
    this.#move(id, { kind: 'running', startedAt: this.#now() });
  }

  done(
    id: number,
    { cached, key = '', miss }: { cached: boolean; key?: string; miss?: BuildMiss },
  ): void {
    const entry = this.#entry(id);
    if (entry === undefined) return;
    entry.cacheKey = key;
    const times = { startedAt: this.#startOf(entry), finishedAt: this.#now() };
    const state: StepState = { kind: 'done', ...times, cached };
    entry.state = miss === undefined ? state : { ...state, miss };
    this.#options.send({
      kind: 'state',
      stepId: id,
      state: this.#options.explain ? entry.state : state,
    });
  }

  failed(id: number, error: string): void {
    const entry = this.#entry(id);
    if (entry === undefined) return;
    const times = { startedAt: this.#startOf(entry), finishedAt: this.#now() };
    this.#move(id, { kind: 'failed', ...times, error });
  }

  cancelled(id: number): void {
    this.#move(id, { kind: 'cancelled' });
  }

  warn(warning: BuildWarning): void {
    const frame = { kind: 'warning', warning } as const;
    this.#options.send(frame);
    this.#options.log.write(frame);
  }

  /** What a step reports while it runs; its output is clipped. */
  report(id: number): OpReport {
    return {
      log: (stream, data) => this.#log(id, stream, data),
      progress: (name, current, total, unit) =>
        this.#options.send({ kind: 'progress', stepId: id, name, current, total, unit }),
    };
  }

  /** Steps of which nothing came are cancelled. */
  record(status: BuildRecord['status'], error: string, image?: BuiltImage): BuildRecord {
    return {
      ...this.#options.record,
      status,
      ...(status === 'running' ? {} : { finishedAt: this.#now() }),
      error,
      ...(image === undefined ? {} : { image }),
      steps: this.steps(status !== 'running'),
    };
  }

  steps(ended: boolean): readonly RecordedStep[] {
    return this.#entries.map(({ step, state, cacheKey }) => {
      const open = state.kind === 'waiting' || state.kind === 'running';
      return { ...step, cacheKey, state: ended && open ? { kind: 'cancelled' } : state };
    });
  }

  counts(): { readonly cachedSteps: number; readonly executedSteps: number } {
    const done = this.#entries.flatMap(({ state, cacheKey }) =>
      state.kind === 'done' && cacheKey !== '' ? [state] : [],
    );
    const cachedSteps = done.filter(({ cached }) => cached).length;
    return { cachedSteps, executedSteps: done.length - cachedSteps };
  }

  #log(id: number, stream: 'stdout' | 'stderr', data: Uint8Array): void {
    const entry = this.#entry(id);
    if (entry === undefined || entry.logBytes > maxStepLogBytes || data.byteLength === 0) return;
    const room = maxStepLogBytes - entry.logBytes;
    entry.logBytes += data.byteLength;
    const clipped =
      data.byteLength <= room
        ? data
        : Buffer.concat([data.subarray(0, room), Buffer.from(clippedText)]);
    const frame = { kind: 'log', stepId: id, stream, data: clipped, at: this.#now() } as const;
    this.#options.send(frame);
    this.#options.log.write(frame);
  }

  #move(id: number, state: StepState): void {
    const entry = this.#entry(id);
    if (entry === undefined) return;
    entry.state = state;
    this.#options.send({ kind: 'state', stepId: id, state });
  }

  #startOf({ state }: Entry): Date {
    return 'startedAt' in state ? state.startedAt : this.#now();
  }

  #entry(id: number): Entry | undefined {
    return this.#entries[id - 1];
  }

  #now(): Date {
    return new Date(this.#options.now());
  }
}

type BuildMiss = Extract<StepState, { kind: 'done' }>['miss'];

const clippedText = `\n[output clipped, a step may write ${maxStepLogBytes / (1024 * 1024)} MiB]\n`;
