import { readFile, readdir, readlink } from 'node:fs/promises';
import type { Leak, LeakScope } from './scope.js';

export interface OwnedProcess {
  readonly pid: number;
  readonly command: string;
}

async function orEmpty(reading: Promise<string>): Promise<string> {
  return reading.catch(() => '');
}

/** The test itself and what started it: their arguments may name the roots. */
async function ancestry(): Promise<ReadonlySet<number>> {
  const found = new Set<number>();
  let pid = process.pid;
  while (pid > 0 && !found.has(pid)) {
    found.add(pid);
    const stat = await orEmpty(readFile(`/proc/${pid}/stat`, 'utf8'));
    pid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
  }
  return found;
}

function inCgroup(table: string, parent: string): boolean {
  return table
    .split('\n')
    .some((line) => `${line.split(':').slice(2).join(':')}/`.includes(`${parent}/`));
}

async function isOurs(pid: number, scope: LeakScope): Promise<boolean> {
  const dir = `/proc/${pid}`;
  if (inCgroup(await orEmpty(readFile(`${dir}/cgroup`, 'utf8')), scope.cgroupParent)) return true;
  const places = await Promise.all([
    orEmpty(readFile(`${dir}/cmdline`, 'latin1')),
    orEmpty(readFile(`${dir}/environ`, 'latin1')),
    orEmpty(readlink(`${dir}/root`)),
    orEmpty(readlink(`${dir}/cwd`)),
  ]);
  return scope.roots.some((root) => places.some((place) => place.includes(root)));
}

/** Processes that run under the scope's cgroup or name one of its roots in arguments, environment, root or cwd. */
export async function ownedProcesses(scope: LeakScope): Promise<OwnedProcess[]> {
  const excluded = await ancestry();
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0 && !excluded.has(pid));
  const found: OwnedProcess[] = [];
  for (const pid of pids) {
    const stat = await orEmpty(readFile(`/proc/${pid}/stat`, 'latin1'));
    if (stat === '' || !(await isOurs(pid, scope))) continue;
    const command = (await orEmpty(readFile(`/proc/${pid}/cmdline`, 'latin1'))).replaceAll(
      '\0',
      ' ',
    );
    const name = stat.slice(stat.indexOf('('), stat.lastIndexOf(')') + 1);
    found.push({ pid, command: command.trim() || name });
  }
  return found;
}

export async function leakedProcesses(scope: LeakScope): Promise<Leak[]> {
  const owned = await ownedProcesses(scope);
  return owned.map(({ pid, command }) => ({ kind: 'process', what: `${pid}: ${command}` }));
}
