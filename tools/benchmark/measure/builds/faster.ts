import type { Bench } from '../../bench.js';
import type { EngineName } from '../../options.js';
import type { Series } from '../../results.js';
import { summarize } from '../../samples.js';
import type { Builder } from './builders.js';

/** Samples of each builder; of an engine with several ways only the one with the lowest median is told, by its name. */
export class Faster {
  readonly #samples = new Map<Builder, number[]>();

  add(builder: Builder, value: number): void {
    this.#samples.set(builder, [...(this.#samples.get(builder) ?? []), value]);
  }

  tell({ results }: Bench, { title, ...head }: Omit<Series, 'samples'>): void {
    const best = new Map<EngineName, Builder>();
    for (const [builder, samples] of this.#samples) {
      const other = this.#samples.get(best.get(builder.engine.name) ?? builder) ?? samples;
      if (summarize(samples).p50 <= summarize(other).p50) best.set(builder.engine.name, builder);
    }
    const named = [...best].flatMap(([engine, { name }]) =>
      name === undefined ? [] : [`${engine} by ${name}`],
    );
    const full = named.length === 0 ? title : `${title} (${named.join(', ')})`;
    for (const [engine, builder] of best)
      results.add({ ...head, title: full }, engine, ...(this.#samples.get(builder) ?? []));
  }
}
