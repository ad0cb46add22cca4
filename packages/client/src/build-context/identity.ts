import type { BigIntStats } from 'node:fs';

/**
 * What a file is known by without reading it, as git's index does: size, times of change in nanoseconds, inode and mode. Who writes
 * to it changes the last time, which no call can set back (inode(7)).
 */
export function identityOf(stats: BigIntStats): string {
  const { size, mtimeNs, ctimeNs, ino, mode } = stats;
  return `${size} ${mtimeNs} ${ctimeNs} ${ino} ${mode}`;
}

/** A file that was changed so shortly before it was looked at may change again without a change of its times. */
const racyNs = 2_000_000_000n;

/** Whether the identity will tell of changes after `atMs`. */
export function isSettled(stats: BigIntStats, atMs: number): boolean {
  return stats.ctimeNs < BigInt(atMs) * 1_000_000n - racyNs;
}
