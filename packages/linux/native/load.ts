import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InternalError } from '@wharf/core';
import type { Native } from './types.js';

const fileName = 'wharf-native.node';

/**
 * Where the addon may lie: beside a bundle (dist/lib), in ../lib of an executable (dist/bin), or in the source tree.
 * Only these root-owned places, never a temporary folder.
 */
function candidates(): string[] {
  const here = import.meta.dirname;
  return [
    join(here, fileName),
    join(dirname(process.execPath), '..', 'lib', fileName),
    join(here, 'build', fileName),
    join(here, '..', '..', 'native', 'build', fileName),
  ];
}

/** Loads the addon; `file` overrides the search. Call it once, in a composition root or at the start of a worker. */
export function loadNative(file?: string): Native {
  const found = file ?? candidates().find((path) => existsSync(path));
  if (found === undefined) {
    throw new InternalError(`${fileName} is missing, run tools/build`);
  }
  return createRequire(import.meta.url)(found) as Native;
}
