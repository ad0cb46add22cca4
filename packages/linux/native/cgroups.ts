import { existsSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where one container's control groups are: cgroups(7). */
export interface CgroupPlace {
  readonly version: 1 | 2;
  /** Path inside every hierarchy, starting with a slash. */
  readonly path: string;
  /** Where the hierarchies are mounted; /sys/fs/cgroup. */
  readonly root?: string;
}

const defaultRoot = '/sys/fs/cgroup';
const emptyWaitMs = 5000;
const longestPauseMs = 50;

/** The directories of the place that exist: one per hierarchy on v1, at most one on v2. */
export function cgroupDirectories(place: CgroupPlace): string[] {
  const root = place.root ?? defaultRoot;
  if (!isPlain(place.path)) return [];
  if (place.version === 2) return existing([join(root, place.path)]);
  // Symbolic links are second names of a hierarchy (cpu -> cpu,cpuacct).
  const hierarchies = entries(root).filter((entry) => entry.isDirectory());
  // Whatever else lies there (a directory where cgroup2 was mounted) is none.
  const real = hierarchies.filter((entry) => existsSync(join(root, entry.name, 'cgroup.procs')));
  return existing(real.map((entry) => join(root, entry.name, place.path)));
}

/** Never the root of a hierarchy, never out of it. */
function isPlain(path: string): boolean {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.length > 0 && !parts.includes('..') && !parts.includes('.');
}

/** Pids in the place and below it. On v1, what any hierarchy has. */
export function cgroupPids(place: CgroupPlace): number[] {
  const pids = new Set<number>();
  for (const directory of cgroupDirectories(place)) {
    for (const each of tree(directory)) {
      for (const line of read(join(each, 'cgroup.procs')).split('\n')) {
        if (line !== '') pids.add(Number(line));
      }
    }
  }
  return [...pids].filter((pid) => pid > 0);
}

/** Stops (true) or resumes all processes of the place: freezer.state on v1, cgroup.freeze on v2. False where there is no freezer. */
export function setFrozen(place: CgroupPlace, frozen: boolean): boolean {
  if (place.version === 2) {
    const directory = cgroupDirectories(place)[0];
    return directory !== undefined && write(join(directory, 'cgroup.freeze'), frozen ? '1' : '0');
  }
  const directory = controllerDirectory(place, 'freezer');
  if (directory === undefined) return false;
  return write(join(directory, 'freezer.state'), frozen ? 'FROZEN' : 'THAWED');
}

/** Whether every process of the place is stopped by now. */
export function isFrozen(place: CgroupPlace): boolean {
  if (place.version === 2) {
    const directory = cgroupDirectories(place)[0];
    return directory !== undefined && keyed(join(directory, 'cgroup.events')).get('frozen') === 1n;
  }
  const directory = controllerDirectory(place, 'freezer');
  return directory !== undefined && read(join(directory, 'freezer.state')).trim() === 'FROZEN';
}

/** Times the kernel's OOM killer chose a process of the place: memory.oom_control on v1, memory.events on v2. */
export function oomKills(place: CgroupPlace): bigint {
  const directory = controllerDirectory(place, 'memory');
  if (directory === undefined) return 0n;
  const file = place.version === 2 ? 'memory.events' : 'memory.oom_control';
  return keyed(join(directory, file)).get('oom_kill') ?? 0n;
}

/** SIGKILL to every process of the place, as often as it takes: cgroup.kill, or frozen so that none can fork away. Resolves with true when it is empty. */
export async function killCgroup(place: CgroupPlace, waitMs = emptyWaitMs): Promise<boolean> {
  const deadline = performance.now() + waitMs;
  for (let pause = 1; ; pause = Math.min(pause * 2, longestPauseMs)) {
    if (cgroupPids(place).length === 0) return true;
    killOnce(place);
    if (cgroupPids(place).length === 0) return true;
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

function killOnce(place: CgroupPlace): void {
  const directory = place.version === 2 ? cgroupDirectories(place)[0] : undefined;
  if (directory !== undefined && write(join(directory, 'cgroup.kill'), '1')) return;
  const frozen = setFrozen(place, true);
  for (const pid of cgroupPids(place)) sendSignal(pid, 9);
  if (frozen) setFrozen(place, false);
}

/** kill(2); false when there is no such process. */
export function sendSignal(pid: number, signal: number): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** rmdir(2) of the place and what is below it in every hierarchy. True when nothing is left; a busy one stays. */
export function removeCgroup(place: CgroupPlace): boolean {
  for (const directory of cgroupDirectories(place)) {
    for (const each of tree(directory).reverse()) {
      try {
        rmdirSync(each);
      } catch {
        // Busy or gone already: what is left is seen below.
      }
    }
  }
  return cgroupDirectories(place).length === 0;
}

export interface CgroupStats {
  readonly cpuNanos: bigint;
  readonly memory: bigint;
  /** 0: none. */
  readonly memoryLimit: bigint;
  readonly pids: bigint;
  readonly blockRead: bigint;
  readonly blockWrite: bigint;
}

/** Counters of the place, as docker stats shows them: memory without the inactive page cache. Missing ones are 0. */
export function readCgroupStats(place: CgroupPlace): CgroupStats {
  return place.version === 2 ? statsV2(place) : statsV1(place);
}

function statsV2(place: CgroupPlace): CgroupStats {
  const directory = cgroupDirectories(place)[0] ?? '/nonexistent';
  const inactive = keyed(join(directory, 'memory.stat')).get('inactive_file') ?? 0n;
  const io = read(join(directory, 'io.stat'));
  return {
    cpuNanos: (keyed(join(directory, 'cpu.stat')).get('usage_usec') ?? 0n) * 1000n,
    memory: less(number(join(directory, 'memory.current')), inactive),
    memoryLimit: limit(number(join(directory, 'memory.max'))),
    pids: number(join(directory, 'pids.current')),
    blockRead: sum(io, /\brbytes=(\d+)/g),
    blockWrite: sum(io, /\bwbytes=(\d+)/g),
  };
}

function statsV1(place: CgroupPlace): CgroupStats {
  const of = (controller: string, file: string) =>
    join(controllerDirectory(place, controller) ?? '/nonexistent', file);
  const inactive = keyed(of('memory', 'memory.stat')).get('total_inactive_file') ?? 0n;
  const io = read(of('blkio', 'blkio.throttle.io_service_bytes_recursive'));
  return {
    cpuNanos: number(of('cpuacct', 'cpuacct.usage')),
    memory: less(number(of('memory', 'memory.usage_in_bytes')), inactive),
    memoryLimit: limit(number(of('memory', 'memory.limit_in_bytes'))),
    pids: number(of('pids', 'pids.current')),
    blockRead: sum(io, /^\d+:\d+ Read (\d+)$/gm),
    blockWrite: sum(io, /^\d+:\d+ Write (\d+)$/gm),
  };
}

/** v1 writes "no limit" as the largest multiple of the page size. */
function limit(value: bigint): bigint {
  return value >= 0x7fff_ffff_ffff_0000n ? 0n : value;
}

function less(value: bigint, part: bigint): bigint {
  return value > part ? value - part : 0n;
}

function sum(text: string, pattern: RegExp): bigint {
  let total = 0n;
  for (const match of text.matchAll(pattern)) total += BigInt(match[1] ?? 0);
  return total;
}

function controllerDirectory(place: CgroupPlace, controller: string): string | undefined {
  if (place.version === 2) return cgroupDirectories(place)[0];
  const root = place.root ?? defaultRoot;
  const names = entries(root).map((entry) => entry.name);
  const name = names.find((each) => each.split(',').includes(controller));
  if (name === undefined || !isPlain(place.path)) return undefined;
  return existing([join(root, name, place.path)])[0];
}

/** The directory and all below it, parents first. */
function tree(directory: string): string[] {
  const found = [directory];
  for (let i = 0; i < found.length; i++) {
    const parent = found[i] as string;
    for (const entry of entries(parent)) {
      if (entry.isDirectory()) found.push(join(parent, entry.name));
    }
  }
  return found;
}

function existing(paths: readonly string[]): string[] {
  return paths.filter((path) => existsSync(path));
}

function entries(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function write(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'r+' });
    return true;
  } catch {
    return false;
  }
}

function number(path: string): bigint {
  const text = read(path).trim();
  return /^\d+$/.test(text) ? BigInt(text) : 0n;
}

/** Files of lines `key value`. */
function keyed(path: string): Map<string, bigint> {
  const values = new Map<string, bigint>();
  for (const line of read(path).split('\n')) {
    const space = line.indexOf(' ');
    const value = line.slice(space + 1);
    if (space > 0 && /^\d+$/.test(value)) values.set(line.slice(0, space), BigInt(value));
  }
  return values;
}
