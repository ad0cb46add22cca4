import {
  diskUsageFromWire,
  infoFromWire,
  SystemServiceDefinition,
  versionFromWire,
} from '@wharf/api';
import type { System } from '@wharf/core';
import { unary } from './rpc.js';
import type { Transport } from './transport/transport.js';

const service = SystemServiceDefinition;

/** A remote daemon itself. */
export function remoteSystem(transport: Transport): System {
  return {
    ping: (options) =>
      unary(transport, [service, 'ping'], {}, options, ({ apiVersion }) => ({ apiVersion })),
    version: (options) => unary(transport, [service, 'getVersion'], {}, options, versionFromWire),
    info: (options) => unary(transport, [service, 'getInfo'], {}, options, infoFromWire),
    diskUsage: (options) =>
      unary(transport, [service, 'getDiskUsage'], {}, options, diskUsageFromWire),
  };
}
