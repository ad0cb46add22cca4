import type { BuildFrame } from '@wharf/core';

/** Told of everything that a build shows. */
export type ShowFrame = (frame: BuildFrame) => void;

/** Says how far a step is, in bytes unless said; `total` 0 is not known. One of one piece is a word for people. */
export type Report = (
  name: string,
  current: number,
  total: number,
  unit?: 'bytes' | 'pieces',
) => void;

/** Steps that this program does itself, with numbers below those of the daemon. */
export class LocalSteps {
  readonly #show: ShowFrame;
  readonly #now: () => Date;
  #last = 0;

  constructor(show: ShowFrame, now: () => Date) {
    this.#show = show;
    this.#now = now;
  }

  /** Shows the work as a step of the build. */
  async run<T>(name: string, work: (report: Report) => Promise<T>): Promise<T> {
    const stepId = --this.#last;
    const startedAt = this.#now();
    this.#show({ kind: 'step', step: { id: stepId, name, stage: '', platform: '', inputs: [] } });
    this.#show({ kind: 'state', stepId, state: { kind: 'running', startedAt } });
    try {
      const result = await work((what, current, total, unit = 'bytes') => {
        this.#show({ kind: 'progress', stepId, name: what, current, total, unit });
      });
      const finishedAt = this.#now();
      this.#show({
        kind: 'state',
        stepId,
        state: { kind: 'done', startedAt, finishedAt, cached: false },
      });
      return result;
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown.message : String(thrown);
      const finishedAt = this.#now();
      this.#show({
        kind: 'state',
        stepId,
        state: { kind: 'failed', startedAt, finishedAt, error },
      });
      throw thrown;
    }
  }
}
