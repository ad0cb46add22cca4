import { readFile, readdir, readlink } from 'node:fs/promises';
import type { TestDaemon } from '@wharf/testing';

/** One process of the host for as long as it lives: its pid and its start time in clock ticks since the boot. */
export interface Identity {
  readonly pid: number;
  readonly startTicks: string;
}

/** What the kernel runs for a container: its shim, and every process in its control groups. */
export interface Running {
  readonly shims: ReadonlyMap<string, number>;
  readonly processes: ReadonlyMap<string, readonly number[]>;
}

/** The identity of a living process; undefined when it is gone or a zombie. */
export async function identify(pid: number): Promise<Identity | undefined> {
  const stat = await read(pid, 'stat');
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startTicks = fields[18];
  if (startTicks === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid, startTicks };
}

export async function isAlive(identity: Identity): Promise<boolean> {
  return (await identify(identity.pid))?.startTicks === identity.startTicks;
}

/** Everything that runs for the containers of a daemon, by their full ids. The idle shim in reserve counts for ''. */
export async function running(
  daemon: Pick<TestDaemon, 'execRoot' | 'cgroupParent'>,
): Promise<Running> {
  const found = { shims: new Map<string, number>(), processes: new Map<string, number[]>() };
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  for (const pid of pids) {
    if ((await identify(pid)) === undefined) continue;
    if (await isShim(daemon, pid)) found.shims.set(await bundleOf(daemon, pid), pid);
    const id = await containerOf(daemon, pid);
    if (id !== undefined) found.processes.set(id, [...(found.processes.get(id) ?? []), pid]);
  }
  return found;
}

async function isShim(
  daemon: Pick<TestDaemon, 'execRoot' | 'cgroupParent'>,
  pid: number,
): Promise<boolean> {
  const [name, directory] = (await read(pid, 'cmdline')).split('\0');
  return name === 'wharf-shim' && (directory ?? '').startsWith(`${daemon.execRoot}/`);
}

/** A shim from the reserve has moved to its bundle: its arguments no longer tell, its working directory does. */
async function bundleOf(
  daemon: Pick<TestDaemon, 'execRoot' | 'cgroupParent'>,
  pid: number,
): Promise<string> {
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
  return /[0-9a-f]{64}/.exec(cwd.slice(daemon.execRoot.length))?.[0] ?? '';
}

async function containerOf(
  daemon: Pick<TestDaemon, 'execRoot' | 'cgroupParent'>,
  pid: number,
): Promise<string | undefined> {
  const [, rest] = (await read(pid, 'cgroup')).split(`${daemon.cgroupParent}/`);
  return /^[0-9a-f]{64}/.exec(rest ?? '')?.[0];
}

function read(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '');
}
