import { processFromWire, ProcessServiceDefinition } from '@wharf/api';
import type { Processes } from '@wharf/core';
import { exec } from './exec.js';
import { unary } from './rpc.js';
import type { Transport } from './transport/transport.js';

const service = ProcessServiceDefinition;

/** The further processes of a remote daemon's containers. */
export function remoteProcesses(transport: Transport): Processes {
  return {
    exec: (container, spec, options) => exec(transport, container, spec, options),
    get: (id, options) =>
      unary(transport, [service, 'getProcess'], { id }, options, ({ process }) =>
        processFromWire(process),
      ),
    list: (container, options) =>
      unary(transport, [service, 'listProcesses'], { container }, options, ({ processes }) =>
        processes.map(processFromWire),
      ),
  };
}
