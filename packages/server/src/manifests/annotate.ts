import { annotationFromWire, ManifestServiceDefinition } from '@wharf/api';
import { unary } from '../calls/handler.js';

export const annotateManifest = unary(
  ManifestServiceDefinition,
  'annotateManifest',
  { write: true },
  async (request, { engine, signal }) => {
    const { name, source } = request;
    await engine.manifestLists.annotate(name, source, annotationFromWire(request), { signal });
    return {};
  },
);
