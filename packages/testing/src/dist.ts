import { join } from 'node:path';

/** The built programs: WHARF_DIST, else dist/ of the repository. */
export function distDir(): string {
  return process.env['WHARF_DIST'] ?? join(import.meta.dirname, '../../../dist');
}

/** A built program by name: wharf, wharfd, wharf-shim. */
export function program(name: string): string {
  return join(distDir(), 'bin', name);
}
