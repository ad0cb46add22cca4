import { BuildServiceDefinition, cacheRecordToWire, defined, filtersFromWire } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const listCache = unary(
  BuildServiceDefinition,
  'listCache',
  {},
  async ({ filters }, { engine, signal }) => {
    const options = defined({ signal, filters: filtersFromWire(filters) });
    return { records: (await engine.builds.cache(options)).map(cacheRecordToWire) };
  },
);
