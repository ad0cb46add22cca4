import type { CallOptions } from './command.js';
import type { Engine } from './engines/engine.js';
import type { Results } from './results.js';

/** What a measurement is given. */
export interface Bench extends CallOptions {
  readonly engines: readonly Engine[];
  readonly rounds: number;
  readonly quick: boolean;
  readonly results: Results;
}

/** Each round does the work once on every engine, one after the other, beginning with another one each time. */
export async function interleaved<One = Engine>(
  { engines, signal }: { readonly engines: readonly One[]; readonly signal: AbortSignal },
  rounds: number,
  work: (engine: One, round: number) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const first = round % Math.max(engines.length, 1);
    for (const engine of [...engines.slice(first), ...engines.slice(0, first)]) {
      signal.throwIfAborted();
      await work(engine, round);
    }
  }
}

/** Streams, restarts and other long things are repeated less often. */
export function longRounds({ rounds }: Bench): number {
  return Math.max(1, Math.round(rounds / 10));
}
