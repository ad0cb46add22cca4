import { randomFillSync } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { open, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

export const ballastBytes = 4 << 20;
const pieceBytes = 256 << 10;

/** Free space below which it is not made: others need the room more. */
const roomBytes = 4 * ballastBytes;

/**
 * A file that only takes up room, on the file system of the records: where that is full, removing something needs a few
 * pages of the database first, and gets those of the ballast.
 */
export interface Ballast {
  /** Gives the room back at once. @returns false when there was none */
  release(): boolean;
  /** Makes it, if it is missing and there is room. Failing is no harm: the next call tries again. */
  restore(): Promise<void>;
}

export function createBallast(path: string): Ballast {
  let making: Promise<void> | undefined;
  return {
    release() {
      try {
        unlinkSync(path);
        return true;
      } catch {
        return false;
      }
    },
    restore: () => (making ??= make(path).finally(() => (making = undefined))),
  };
}

async function make(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.size === ballastBytes) return;
  const fresh = `${path}.new`;
  try {
    const { bavail, bsize } = await statfs(dirname(path));
    if (bavail * bsize < roomBytes) return;
    const file = await open(fresh, 'w', 0o600);
    try {
      // Of file systems that compress, zeroes would take no room.
      const piece = randomFillSync(Buffer.allocUnsafe(pieceBytes));
      for (let at = 0; at < ballastBytes; at += pieceBytes) await file.write(piece);
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  } catch {
    await rm(fresh, { force: true }).catch(() => undefined);
  }
}
