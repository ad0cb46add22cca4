import { ContainerServiceDefinition, defined, stopTimeoutFromWire, textOrAbsent } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const restartContainer = unary(
  ContainerServiceDefinition,
  'restartContainer',
  { write: true },
  async (request, { engine, signal }) => {
    const options = defined({
      signal,
      timeoutSeconds: stopTimeoutFromWire(request.timeoutSeconds),
      stopSignal: textOrAbsent(request.signal),
    });
    return { id: await engine.containers.restart(request.container, options) };
  },
);
