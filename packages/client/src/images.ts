import {
  bootstrapFrameFromWire,
  filtersToWire,
  imageFromWire,
  ImageServiceDefinition,
  pullFrameFromWire,
} from '@wharf/api';
import type { Images } from '@wharf/core';
import { serverStream, unary } from './rpc.js';
import type { Transport } from './transport/transport.js';

const service = ImageServiceDefinition;

/** The images of a remote daemon. */
export function remoteImages(transport: Transport): Images {
  return {
    list: ({ all = false, filters, signal }) =>
      unary(
        transport,
        [service, 'listImages'],
        { all, filters: filtersToWire(filters) },
        { signal },
        ({ images }) => images.map(imageFromWire),
      ),
    get: (image, options) =>
      unary(transport, [service, 'getImage'], { image }, options, (response) =>
        imageFromWire(response.image),
      ),
    pull: (image, { platform = '', credentials, signal }) =>
      serverStream(
        transport,
        [service, 'pullImage'],
        () => ({ image, platform, credentials: credentials && { ...credentials } }),
        { signal },
        pullFrameFromWire,
      ),
    bootstrap: (kind, name, options) =>
      serverStream(
        transport,
        [service, 'bootstrapImage'],
        () => ({ kind, name }),
        options,
        bootstrapFrameFromWire,
      ),
    tag: (image, name, options) =>
      unary(transport, [service, 'tagImage'], { image, name }, options, () => undefined),
    remove: (image, { force = false, signal }) =>
      unary(
        transport,
        [service, 'removeImage'],
        { image, force },
        { signal },
        ({ untagged, deleted }) => ({ untagged, deleted }),
      ),
  };
}
