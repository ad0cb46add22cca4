import { envelope } from './envelope.js';
import { hardlinks, symlinks } from './links.js';
import { metadata } from './metadata.js';
import { names } from './names.js';
import type { HostileLayer } from './row.js';
import { structure } from './structure.js';
import { whiteouts } from './whiteouts.js';

export type { HostileLayer, Verdict } from './row.js';

/** Layers that lie, climb, bomb or break off (SECURITY 3.2), by group: one table for every way into the daemon. */
export const hostileLayers: Readonly<Record<string, readonly HostileLayer[]>> = {
  names,
  symlinks,
  hardlinks,
  whiteouts,
  metadata,
  structure,
  envelope,
};
