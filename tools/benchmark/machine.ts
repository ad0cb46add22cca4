import { cpus, loadavg, release, totalmem } from 'node:os';
import { readFile, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';

/** File systems by their magic number. statfs(2). */
const fileSystems: Readonly<Record<number, string>> = {
  0xef53: 'ext4',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x01021994: 'tmpfs',
};

/** What the numbers depend on; nothing that names the machine. */
export async function machineFacts(): Promise<readonly string[]> {
  const [processor] = cpus();
  const mounts = await readFile('/proc/mounts', 'utf8');
  const isUnified = mounts.includes(' /sys/fs/cgroup cgroup2 ');
  const { type } = await statfs(tmpdir());
  return [
    `${cpus().length} × ${processor?.model ?? 'unknown processor'}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB of memory`,
    `kernel ${release()}`,
    `cgroup ${isUnified ? 'v2' : 'v1'}`,
    fileSystems[type] ?? `file system 0x${type.toString(16)}`,
  ];
}

/** Processes of others that wanted the processors in the last minute, before the engines start: more than none disturb. */
export function foreignLoad(): number {
  return loadavg()[0] ?? 0;
}
