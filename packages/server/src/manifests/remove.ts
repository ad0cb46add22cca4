import { ManifestServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const removeManifestLists = unary(
  ManifestServiceDefinition,
  'removeManifestLists',
  { write: true },
  async ({ names }, { engine, signal }) => ({
    removed: [...(await engine.manifestLists.remove(names, { signal }))],
  }),
);
