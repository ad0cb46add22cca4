import { readdir, readFile, writeFile } from 'node:fs/promises';

export interface Process {
  readonly pid: number;
  readonly argv: readonly string[];
}

/** Processes whose arguments name the folder: an engine's own, not those in its containers. */
export async function processesNaming(folder: string): Promise<Process[]> {
  const found: Process[] = [];
  for (const pid of (await readdir('/proc')).map(Number).filter((n) => n > 0)) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (pid !== process.pid && line.includes(folder)) found.push({ pid, argv: line.split('\0') });
  }
  return found;
}

/** The process and all below it. */
export async function withDescendants(pid: number): Promise<ReadonlySet<number>> {
  const children = new Map<number, number[]>();
  for (const child of (await readdir('/proc')).map(Number).filter((n) => n > 0)) {
    const stat = await readFile(`/proc/${child}/stat`, 'latin1').catch(() => '');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    children.set(parent, [...(children.get(parent) ?? []), child]);
  }
  const found = new Set([pid]);
  for (const member of found) for (const child of children.get(member) ?? []) found.add(child);
  return found;
}

/** Proportional set size in MB (10^6 bytes): shared pages count in parts. 0 for a process that has ended. proc(5). */
export async function pss(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return (Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0) * 1024) / 1e6;
}

export async function totalPss(pids: Iterable<number>): Promise<number> {
  const sizes = await Promise.all([...pids].map(pss));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Highest resident set since it was last reset, and the one of now, in MB. proc(5): clear_refs, VmHWM. */
async function residentMB(pid: number): Promise<{ readonly peak: number; readonly now: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const field = (name: string): number =>
    (Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) * 1024) / 1e6;
  return { peak: field('VmHWM'), now: field('VmRSS') };
}

/** What the daemon's processes grew by, at their peak, while the work was done; undefined without a daemon. */
export async function measuredPeak<T>(
  engine: { processes(): Promise<{ readonly daemon: readonly number[] }> },
  work: () => Promise<T>,
): Promise<{ readonly value: T; readonly grownMB: number | undefined }> {
  const { daemon } = await engine.processes();
  const before = new Map<number, number>();
  for (const pid of daemon) {
    await writeFile(`/proc/${pid}/clear_refs`, '5');
    before.set(pid, (await residentMB(pid)).now);
  }
  const value = await work();
  if (daemon.length === 0) return { value, grownMB: undefined };
  const grown = daemon.map(async (pid) => {
    const { peak } = await residentMB(pid);
    return Math.max(0, peak - (before.get(pid) ?? 0));
  });
  const grownMB = (await Promise.all(grown)).reduce((sum, size) => sum + size, 0);
  return { value, grownMB };
}
