import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Native } from '../../../native/types.js';

/** An overlay that is really mounted. */
export interface Overlay extends Disposable {
  /** What a container would see. */
  readonly merged: string;
  readonly upper: string;
}

const detach = 2;

export function mountOverlay(native: Native, dir: string, lower: readonly string[]): Overlay {
  const [upper, work, merged] = ['upper', 'work', 'merged'].map((name) => join(dir, name));
  if (upper === undefined || work === undefined || merged === undefined) throw new TypeError();
  for (const path of [upper, work, merged]) mkdirSync(path);
  native.overlayMount({ lower, upper, work, target: merged });
  return { merged, upper, [Symbol.dispose]: () => native.umount(merged, detach) };
}
