import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { ResolverState } from '@wharf/api/resolver';

const file = 'state.json';

/** What was last written; nothing when there is none or it cannot be read: the daemon will say all of it again. */
export function readState(): ResolverState {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ResolverState;
  } catch {
    return { sandboxes: [] };
  }
}

/** In the working directory, which is on a file system in memory. */
export function writeState(state: ResolverState): void {
  writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
