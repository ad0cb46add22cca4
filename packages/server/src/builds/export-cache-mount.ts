import { BuildServiceDefinition } from '@wharf/api';
import { serverStream } from '../calls/handler.js';
import { framed } from '../calls/bytes.js';

export const exportCacheMount = serverStream(
  BuildServiceDefinition,
  'exportCacheMount',
  { long: true },
  async function* ({ id }, { engine, signal }) {
    const archive = engine.builds.exportCacheMount(id, { signal });
    for await (const data of framed(archive)) yield { data };
  },
);
