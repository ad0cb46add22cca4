import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Indexes of that many directories are kept, of those that changed in this time: without one all is hashed again. */
const mostIndexes = 256;
const lifeMs = 60 * 24 * 60 * 60 * 1000;

/** Removes indexes that nobody has written for long, and the oldest of too many. What is no index stays. */
export async function dropOldIndexes(folder: string, now = Date.now()): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{64}$/.test(name));
  const dated = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const stats = await lstat(path).catch(() => undefined);
      return { path, writtenMs: stats?.isFile() === true ? stats.mtimeMs : Infinity };
    }),
  );
  const byAge = dated.toSorted((a, b) => b.writtenMs - a.writtenMs);
  for (const [at, { path, writtenMs }] of byAge.entries())
    if (writtenMs !== Infinity && (at >= mostIndexes || writtenMs < now - lifeMs))
      await rm(path, { force: true });
}
