import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { ResolverSandbox } from '@wharf/api/resolver';

const file = 'state.json';

/** What was last written; nothing when there is none or it cannot be read: the daemon will say all of it again. */
export function readState(): readonly ResolverSandbox[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as readonly ResolverSandbox[];
  } catch {
    return [];
  }
}

/** In the working directory, which is on a file system in memory. */
export function writeState(sandboxes: readonly ResolverSandbox[]): void {
  writeFileSync(`${file}.new`, JSON.stringify(sandboxes), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
