import type { EngineName } from './options.js';

export type Unit = 'ms' | 'µs' | 'MB' | 'MB/s' | 'Mbit/s' | '1/s';

/** One line of the table: the same thing measured on each engine that has it. */
export interface Series {
  /** Stable, for --json and the table of aims: `run none serial`, `ps 100`. */
  readonly key: string;
  readonly title: string;
  readonly unit: Unit;
  readonly samples: Partial<Record<EngineName, number[]>>;
}

/** Collects samples; series keep the order in which they were first met. */
export class Results {
  readonly #series = new Map<string, Series>();

  add(head: Omit<Series, 'samples'>, engine: EngineName, ...values: readonly number[]): void {
    const series = this.#series.get(head.key) ?? { ...head, samples: {} };
    this.#series.set(head.key, series);
    (series.samples[engine] ??= []).push(...values);
  }

  get(key: string): Series | undefined {
    return this.#series.get(key);
  }

  all(): readonly Series[] {
    return [...this.#series.values()];
  }
}
