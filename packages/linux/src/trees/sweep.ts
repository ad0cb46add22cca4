import { readdirSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { toWharfError } from '@wharf/core';
import type { Contents } from './contents.js';
import { graceMs } from './limits.js';
import type { Pace } from './pace.js';

/** Removes what no kept tree reaches and nobody wrote or asked for lately: calls at the same time lose nothing by it. With `all` nobody does. */
export async function sweepPieces(
  contents: Contents,
  root: string,
  { kept, all }: { readonly kept: readonly string[]; readonly all: boolean },
  pace: Pace,
): Promise<{ readonly bytes: number }> {
  const before = all ? Infinity : Date.now() - graceMs;
  const reached = await reachedFrom(contents, kept, pace);
  let bytes = 0;
  for (const directory of readdirSync(root).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
    for (const name of readdirSync(join(root, directory))) {
      await pace.breathe();
      if (reached.has(`sha256:${directory}${name}`)) continue;
      // Looked at and removed in one step of the thread: who asks for it comes before or after.
      const path = join(root, directory, name);
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats === undefined || stats.mtimeMs > before) continue;
      unlinkSync(path);
      bytes += stats.size;
    }
  }
  return { bytes };
}

async function reachedFrom(
  contents: Contents,
  kept: readonly string[],
  pace: Pace,
): Promise<ReadonlySet<string>> {
  const reached = new Set(kept);
  // Apart: a file may have the same bytes as a document.
  const directories = new Set(kept);
  for (const digest of directories) {
    await pace.breathe();
    for (const entry of entriesOf(contents, digest)) {
      if (entry.kind === 'link') continue;
      reached.add(entry.digest);
      if (entry.kind === 'directory') directories.add(entry.digest);
    }
  }
  return reached;
}

/** Of one that is no document nothing is reached; whoever uses it is told so. */
function entriesOf(contents: Contents, digest: string) {
  try {
    return contents.directory(digest)?.entries ?? [];
  } catch (error) {
    const { code } = toWharfError(error);
    if (code === 'invalid-argument' || code === 'resource-exhausted') return [];
    throw error;
  }
}
