import {
  blobToWire,
  contentFromWire,
  ContentServiceDefinition,
  missingFromWire,
  numberToWire,
} from '@wharf/api';
import type { Contents } from '@wharf/core';
import { uploaded, uploadFrames } from './bytes.js';
import { serverStream, unary } from './rpc.js';
import type { Transport } from './transport/transport.js';

const service = ContentServiceDefinition;

/** The blobs of a remote daemon. */
export function remoteContents(transport: Transport): Contents {
  return {
    describe: (image, { platform = '', signal }) =>
      unary(
        transport,
        [service, 'describeContent'],
        { image, platform },
        { signal },
        contentFromWire,
      ),
    missing: (lease, blobs, options) =>
      unary(
        transport,
        [service, 'listMissingBlobs'],
        { lease, blobs: blobs.map(blobToWire) },
        options,
        (response) => response.blobs.map(missingFromWire),
      ),
    read: (digest, { offset = 0, signal }) =>
      serverStream(
        transport,
        [service, 'readBlob'],
        () => ({ digest, offsetBytes: numberToWire(offset, 'offset') }),
        { signal },
        ({ data }) => data,
      ),
    async write({ lease, blob, offset }, chunks, options) {
      const open = {
        lease,
        blob: blobToWire(blob),
        offsetBytes: numberToWire(offset, 'offset'),
      };
      await uploaded(transport, [service, 'writeBlob'], uploadFrames(open, chunks), options);
    },
    name: (lease, name, target, options) =>
      unary(
        transport,
        [service, 'nameContent'],
        { lease, name, target: blobToWire(target) },
        options,
        ({ imageId }) => ({ imageId }),
      ),
  };
}
