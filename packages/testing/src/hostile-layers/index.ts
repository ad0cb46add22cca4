import { envelope } from './envelope.js';
import { hardlinks, symlinks } from './links.js';
import { metadata } from './metadata.js';
import { names } from './names.js';
import type { Row } from './row.js';
import { structure } from './structure.js';
import { whiteouts } from './whiteouts.js';

/** The hostile corpus (SECURITY 3.2), by group. */
export const corpus: Readonly<Record<string, readonly Row[]>> = {
  names,
  symlinks,
  hardlinks,
  whiteouts,
  metadata,
  structure,
  envelope,
};
