import { availableParallelism, loadavg } from 'node:os';

/**
 * Milliseconds that take so many on a machine with nothing else to do, on this one as busy as it has been in the last
 * minute: whoever shares a processor with three others waits four times as long.
 */
export function unhurried(milliseconds: number): number {
  const [load = 0] = loadavg();
  return milliseconds * Math.max(1, load / availableParallelism());
}
