import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What clients keep between their runs is the run's alone, and goes with it. */
export default function cacheHome(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'wharf-e2e-cache-'));
  process.env['XDG_CACHE_HOME'] = directory;
  return () => rmSync(directory, { recursive: true });
}
