import type { HostFacts, HostPort } from '@wharf/engine/ports';
import { ensureBindSource } from './bind-source.js';
import { deviceNode, listDevices } from './devices.js';
import { processTable } from './process-table.js';

/** The host as containers meet it. */
export function createHost(facts: HostFacts): HostPort {
  return { facts, deviceNode, listDevices, ensureBindSource, processTable };
}
