import { ContainerServiceDefinition, listFromWire, statsToWire } from '@wharf/api';
import { serverStream } from '../calls/handler.js';

export const streamContainerStats = serverStream(
  ContainerServiceDefinition,
  'streamContainerStats',
  { long: true },
  async function* ({ containers, once }, { engine, signal }) {
    const refs = listFromWire(containers, 'containers');
    for await (const stats of engine.containers.stats(refs, { signal, once })) {
      yield { stats: stats.map(statsToWire) };
    }
  },
);
