import { chmodSync, lchownSync } from 'node:fs';
import type { Native } from '../../../native/types.js';
import { applyingNeeds } from '../apply/capabilities.js';
import { openBelow } from '../apply/below.js';
import type { LookBelow } from '../apply/directories.js';
import { join, statOf, timeOf } from '../apply/directories.js';
import type { LayerPath } from '../apply/names.js';
import { kernelPath } from '../apply/names.js';
import type { SettleJob } from '../protocol.js';
import { unsettledTime } from './deferred.js';

const atCwd = -100;
const noFollow = 0x100;

/**
 * Gives the directories that no entry of a layer describes the owner, mode and times that they have below. On a thread
 * that is jailed in the layer for the rest of its life; links are not followed.
 */
export function settleInJail(native: Native, job: SettleJob): void {
  const look = openBelow(native, job.lowerDirs);
  native.enterJail(job.target);
  native.keepCapabilities(applyingNeeds);
  for (const path of job.implied) if (isUnsettled(path)) settle(native, path, look);
}

function isUnsettled(path: LayerPath): boolean {
  let walked = '';
  for (const part of path.split('/')) {
    walked = join(walked, part);
    if (statOf(walked)?.isDirectory() !== true) return false;
  }
  const stats = statOf(path);
  return stats !== undefined && timeOf(stats.mtimeNs).sec === unsettledTime.sec;
}

function settle(native: Native, path: LayerPath, look: LookBelow): void {
  const target = kernelPath(path);
  const below = look(path);
  if (below === undefined) {
    const now = timeOf(BigInt(Date.now()) * 1_000_000n);
    native.utimensat(atCwd, target, now, now, noFollow);
    return;
  }
  lchownSync(target, below.uid, below.gid);
  chmodSync(target, below.mode);
  native.utimensat(atCwd, target, below.atime, below.mtime, noFollow);
}
