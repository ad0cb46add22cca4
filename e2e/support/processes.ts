import { readFile, readdir } from 'node:fs/promises';
import type { TestDaemon } from '@wharf/testing';

/** Processes of this name that have the exec root of the daemon in their arguments. */
export async function ourProcesses(daemon: TestDaemon, name: string): Promise<number[]> {
  const found: number[] = [];
  for (const pid of (await readdir('/proc')).map(Number).filter((each) => each > 0)) {
    const text = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
    const [program = '', ...args] = text.split('\0');
    if (program === name && args.some((each) => each.startsWith(daemon.execRoot))) found.push(pid);
  }
  return found;
}
