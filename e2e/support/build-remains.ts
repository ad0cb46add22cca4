import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestDaemon } from '@wharf/testing';
import { running } from '../fault/kernel.js';

/** What of builds is on disk and in the kernel while none runs: nothing of it is there for good. */
export interface BuildRemains {
  readonly directories: readonly string[];
  readonly mounts: readonly string[];
  readonly namespaces: readonly string[];
  readonly processes: readonly string[];
  /** Folders of 64 hexadecimal digits of the runtimes. */
  readonly runtimeStates: readonly string[];
}

export const noRemains: BuildRemains = {
  directories: [],
  mounts: [],
  namespaces: [],
  processes: [],
  runtimeStates: [],
};

/** Of a daemon without containers. */
export async function buildRemains(
  daemon: Pick<TestDaemon, 'dataRoot' | 'execRoot' | 'cgroupParent'>,
): Promise<BuildRemains> {
  const { dataRoot, execRoot } = daemon;
  const below = async (...parts: string[]): Promise<string[]> =>
    (await readdir(join(...parts)).catch(() => [])).map((name) => join(...parts, name));
  const runtimes = await Promise.all(
    (await below(execRoot, 'runtimes')).map((path) => below(path)),
  );
  const { processes } = await running(daemon);
  return {
    directories: (
      await Promise.all([
        below(dataRoot, 'builds/tmp'),
        below(dataRoot, 'builds/trees/tmp'),
        below(execRoot, 'builds/steps'),
        below(execRoot, 'builds/agents'),
      ])
    ).flat(),
    mounts: await mountsOf(daemon),
    namespaces: (await below(execRoot, 'netns')).filter((path) => /[0-9a-f]{64}$/.test(path)),
    processes: [...processes].map(([id, pids]) => `${id}: ${pids.join(' ')}`),
    runtimeStates: runtimes.flat().filter((path) => /[0-9a-f]{64}$/.test(path)),
  };
}

/** Mounts of this process's namespace that a daemon has for steps of builds: not those that it always has. */
async function mountsOf({
  dataRoot,
  execRoot,
}: Pick<TestDaemon, 'dataRoot' | 'execRoot'>): Promise<string[]> {
  const table = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const own = [join(dataRoot, 'builds'), join(execRoot, 'builds')];
  return table.filter((line) => own.some((path) => line.includes(path)));
}
