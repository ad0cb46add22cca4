import type { CallOptions, TopResult } from '@wharf/core';
import { readText } from './read.js';
import { describeProcess, type ProcessRow } from './process-row.js';
import { runPs } from './ps.js';

const titles = ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'];

/**
 * The processes as the host's ps(1) shows them. What `ps -ef` shows is read from proc(5) without a further process;
 * for other arguments ps itself is asked.
 */
export async function processTable(
  pids: readonly number[],
  psArgs: readonly string[],
  { signal }: CallOptions,
): Promise<TopResult> {
  const args = psArgs.flatMap((arg) => arg.split(/\s+/)).filter((arg) => arg !== '');
  if (args.length > 0 && args.join(' ') !== '-ef') return runPs(pids, args, { signal });
  const [passwd, stat] = await Promise.all([readText('/etc/passwd'), readText('/proc/stat')]);
  const context = { users: userNames(passwd), bootSeconds: bootSeconds(stat), now: new Date() };
  const rows = await Promise.all(pids.map((pid) => describeProcess(pid, context)));
  const found = rows.filter((row): row is ProcessRow => row !== undefined);
  return { titles, processes: found.toSorted((a, b) => a.pid - b.pid).map(({ cells }) => cells) };
}

/** Names of users by number; the first one of a number counts, as in getpwuid(3). */
export function userNames(passwd: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const line of passwd.split('\n')) {
    const [name, , uid] = line.split(':');
    if (name === undefined || uid === undefined || !/^\d+$/.test(uid)) continue;
    if (!names.has(Number(uid))) names.set(Number(uid), name);
  }
  return names;
}

function bootSeconds(stat: string): number {
  return Number(/^btime (\d+)$/m.exec(stat)?.[1] ?? 0);
}
