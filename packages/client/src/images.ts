import {
  bootstrapFrameFromWire,
  compressionToWire,
  credentialsToWire,
  fileChangeFromWire,
  filtersToWire,
  historyRowFromWire,
  imageFromWire,
  imageMountFromWire,
  ImageServiceDefinition,
  loadFrameFromWire,
  numberFromWire,
  pullFrameFromWire,
  pushFrameFromWire,
  verifyFrameFromWire,
  workFrameFromWire,
} from '@wharf/api';
import type { Images } from '@wharf/core';
import { uploaded, uploadFrames } from './bytes.js';
import { serverStream, unary, upload } from './rpc.js';
import type { Transport } from './transport/transport.js';

const service = ImageServiceDefinition;

/** The images of a remote daemon. */
export function remoteImages(transport: Transport): Images {
  return { ...questions(transport), ...transfers(transport), ...changes(transport) };
}

function questions(
  transport: Transport,
): Pick<Images, 'list' | 'get' | 'history' | 'verify' | 'diff' | 'mounts'> {
  return {
    list: ({ all = false, sharedSize = false, filters, signal }) =>
      unary(
        transport,
        [service, 'listImages'],
        { all, sharedSize, filters: filtersToWire(filters) },
        { signal },
        ({ images }) => images.map(imageFromWire),
      ),
    get: (image, { platform = '', signal }) =>
      unary(transport, [service, 'getImage'], { image, platform }, { signal }, (response) =>
        imageFromWire(response.image),
      ),
    history: (image, { platform = '', signal }) =>
      unary(transport, [service, 'getImageHistory'], { image, platform }, { signal }, ({ rows }) =>
        rows.map(historyRowFromWire),
      ),
    verify: (image, options) =>
      serverStream(
        transport,
        [service, 'verifyImage'],
        () => ({ image }),
        options,
        verifyFrameFromWire,
      ),
    diff: (from, to, { platform = '', signal }) =>
      serverStream(
        transport,
        [service, 'diffImages'],
        () => ({ from, to, platform }),
        { signal },
        (response) => response.changes.map(fileChangeFromWire),
      ),
    mounts: (options) =>
      unary(transport, [service, 'listImageMounts'], {}, options, ({ mounts }) =>
        mounts.map(imageMountFromWire),
      ),
  };
}

function transfers(
  transport: Transport,
): Pick<Images, 'pull' | 'push' | 'save' | 'load' | 'import'> {
  return {
    pull: (image, options) => {
      const { platform = '', allPlatforms = false, allTags = false, credentials } = options;
      return serverStream(
        transport,
        [service, 'pullImage'],
        () => ({
          image,
          platform,
          allPlatforms,
          allTags,
          credentials: credentialsToWire(credentials),
        }),
        options,
        pullFrameFromWire,
      );
    },
    push: (image, options) => {
      const { platform = '', allTags = false, forceCompression = false } = options;
      return serverStream(
        transport,
        [service, 'pushImage'],
        () => ({
          image,
          platform,
          allTags,
          forceCompression,
          compression: compressionToWire(options.compression),
          credentials: credentialsToWire(options.credentials),
        }),
        options,
        pushFrameFromWire,
      );
    },
    save: (images, { platforms = [], compression, signal }) =>
      serverStream(
        transport,
        [service, 'saveImages'],
        () => ({
          images: [...images],
          platforms: [...platforms],
          compression: compressionToWire(compression),
        }),
        { signal },
        ({ data }) => data,
      ),
    load: (archive, { platforms = [], signal }) =>
      upload(
        transport,
        [service, 'loadImages'],
        uploadFrames({ platforms: [...platforms] }, archive),
        { signal },
        loadFrameFromWire,
      ),
    async import(archive, { name = '', message = '', changes: given = [], platform = '', signal }) {
      const open = { name, message, changes: [...given], platform };
      const { imageId } = await uploaded(
        transport,
        [service, 'importImage'],
        uploadFrames(open, archive),
        { signal },
      );
      return { imageId };
    },
  };
}

function changes(
  transport: Transport,
): Pick<Images, 'bootstrap' | 'tag' | 'remove' | 'prune' | 'convert' | 'mount' | 'unmount'> {
  return {
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
    remove: (image, { force = false, noPrune = false, platform = '', signal }) =>
      unary(
        transport,
        [service, 'removeImage'],
        { image, force, noPrune, platform },
        { signal },
        ({ untagged, deleted }) => ({ untagged, deleted }),
      ),
    prune: ({ all = false, filters, signal }) =>
      unary(
        transport,
        [service, 'pruneImages'],
        { all, filters: filtersToWire(filters) },
        { signal },
        ({ untagged, deleted, reclaimedBytes }) => ({
          untagged,
          deleted,
          reclaimed: numberFromWire(reclaimedBytes, 'reclaimed_bytes'),
        }),
      ),
    convert: (image, name, { platform = '', compression, signal }) =>
      serverStream(
        transport,
        [service, 'convertImage'],
        () => ({ image, name, platform, compression: compressionToWire(compression) }),
        { signal },
        workFrameFromWire,
      ),
    mount: (image, { platform = '', signal }) =>
      unary(transport, [service, 'mountImage'], { image, platform }, { signal }, ({ mount }) =>
        imageMountFromWire(mount),
      ),
    unmount: (image, { platform = '', force = false, signal }) =>
      unary(
        transport,
        [service, 'unmountImage'],
        { image, platform, force },
        { signal },
        () => undefined,
      ),
  };
}
