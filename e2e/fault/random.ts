import { randomInt } from 'node:crypto';

/** Random numbers that a seed repeats. */
export interface Random {
  /** From 0 up to, not including, `limit`. */
  below(limit: number): number;
  pick<T>(from: readonly [T, ...T[]]): T;
}

/** The seed of this run, from WHARF_FAULT_SEED if it is set; printed, so that a failure can be tried again. */
export function chooseSeed(what: string): number {
  const given = process.env['WHARF_FAULT_SEED'];
  const seed = given === undefined ? randomInt(2 ** 31) : Number(given);
  process.stdout.write(`${what}: WHARF_FAULT_SEED=${seed}\n`);
  return seed;
}

/** Marsaglia's xorshift32. */
export function random(seed: number): Random {
  let state = (seed ^ 0x9e3779b9) | 1;
  const below = (limit: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  return { below, pick: (from) => from[below(from.length)] ?? from[0] };
}
