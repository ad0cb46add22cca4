import { lstat, readdir, stat } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, ResourceExhaustedError, printable } from '@wharf/core';
import type { DeviceNode } from '@wharf/engine/ports';

const maxEntries = 10_000;
const maxDepth = 8;

/** Below /dev, but file systems of their own or links to a process's files. */
const notDevices = new Set([
  'pts',
  'shm',
  'fd',
  'mqueue',
  'hugepages',
  '.lxc',
  '.lxd-mounts',
  '.udev',
]);

/** The device node at a path of the host, links followed. @throws invalid-argument in docker's words */
export async function deviceNode(hostPath: string): Promise<DeviceNode> {
  const refuse = (why: string, cause?: unknown) =>
    new InvalidArgumentError(
      `error gathering device information while adding custom device "${printable(hostPath)}": ${why}`,
      { cause },
    );
  const stats = await stat(hostPath, { bigint: true }).catch((cause: unknown) => {
    const { code } = cause as NodeJS.ErrnoException;
    throw refuse(code === 'ENOENT' ? 'no such file or directory' : (code ?? 'unknown'), cause);
  });
  const node = toNode(stats);
  if (node === undefined) throw refuse('not a device node');
  return node;
}

/** All device nodes below a directory, links not followed; [] for what is no directory. @throws resource-exhausted past 10,000 entries */
export async function listDevices(
  directory: string,
): Promise<readonly { readonly path: string; readonly node: DeviceNode }[]> {
  const found: { path: string; node: DeviceNode }[] = [];
  let seen = 0;
  const visit = async (parent: string, depth: number): Promise<void> => {
    const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
    seen += entries.length;
    if (seen > maxEntries) {
      throw new ResourceExhaustedError(
        `${printable(directory)} has more than ${maxEntries} entries: name the devices`,
      );
    }
    for (const entry of entries) {
      const path = join(parent, entry.name);
      if (entry.isDirectory()) {
        if (depth < maxDepth && !notDevices.has(entry.name)) await visit(path, depth + 1);
      } else if (entry.isCharacterDevice() || entry.isBlockDevice()) {
        const stats = await lstat(path, { bigint: true }).catch(() => undefined);
        const node = stats === undefined ? undefined : toNode(stats);
        if (node !== undefined) found.push({ path, node });
      }
    }
  };
  await visit(directory, 0);
  return found;
}

function toNode(stats: BigIntStats): DeviceNode | undefined {
  if (!stats.isCharacterDevice() && !stats.isBlockDevice()) return undefined;
  return {
    type: stats.isBlockDevice() ? 'b' : 'c',
    ...deviceNumbers(stats.rdev),
    mode: Number(stats.mode & 0o7777n),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
  };
}

/** makedev(3) undone. */
export function deviceNumbers(rdev: bigint): { readonly major: number; readonly minor: number } {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n);
  return { major: Number(major), minor: Number(minor) };
}
