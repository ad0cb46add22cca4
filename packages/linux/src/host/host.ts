import type { HostFacts, HostPort } from '@wharf/engine/ports';
import type { Native } from '@wharf/linux/native';
import { ensureBindSource } from './bind-source.js';
import { deviceNode, listDevices } from './devices.js';
import { processTable } from './process-table.js';
import { mountSharedMemory, unmountSharedMemory } from './shared-memory.js';

/** The host as containers meet it. */
export function createHost(facts: HostFacts, native: Native): HostPort {
  return {
    facts,
    deviceNode,
    listDevices,
    ensureBindSource,
    processTable,
    mountSharedMemory: (path, bytes) => mountSharedMemory(native, path, bytes),
    unmountSharedMemory: (path) => unmountSharedMemory(native, path),
  };
}
