import { buildRecordToWire, BuildServiceDefinition, defined, filtersFromWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const listBuilds = unary(
  BuildServiceDefinition,
  'listBuilds',
  {},
  async ({ filters }, { engine, signal }) => {
    const options = defined({ signal, filters: filtersFromWire(filters) });
    return { builds: (await engine.builds.list(options)).map(buildRecordToWire) };
  },
);
