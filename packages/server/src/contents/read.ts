import { ContentServiceDefinition, numberFromWire } from '@wharf/api';
import { serverStream } from '../calls/handler.js';
import { framed } from '../calls/bytes.js';

export const readBlob = serverStream(
  ContentServiceDefinition,
  'readBlob',
  { long: true },
  async function* (request, { engine, signal }) {
    const { digest } = request;
    const offset = numberFromWire(request.offsetBytes, 'offset_bytes');
    const chunks = engine.contents.read(digest, { signal, offset });
    for await (const data of framed(chunks)) yield { data };
  },
);
