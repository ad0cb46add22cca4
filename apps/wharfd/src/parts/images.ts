import { join } from 'node:path';
import {
  buildCacheRoots,
  createImages,
  createLeases,
  type ContainerRecords,
  type ImageManager,
  type ImagesDependencies,
} from '@wharf/engine';
import { createArchives, createBaseImages, createImageMountPort } from '@wharf/linux';
import type { Native } from '@wharf/linux/native';
import { gcPolicy } from '../config/gc.js';
import type { Config } from '../config/schema.js';
import type { DaemonLogger } from '../logger.js';
import type { Store } from './store.js';

export interface ImageParts {
  readonly config: Config;
  readonly logger: DaemonLogger;
  readonly native: Native;
  readonly store: Store;
  readonly registry: ImagesDependencies['registry'];
  /** Who uses images. */
  readonly records: ContainerRecords;
}

export function composeImages(parts: ImageParts): ImageManager {
  const { config, logger, native, store, registry, records } = parts;
  const policy = gcPolicy(config.gc);
  return createImages({
    ...store,
    leases: createLeases(store.state),
    registry,
    unpack: store.files,
    archives: createArchives(),
    mounts: {
      port: createImageMountPort(native),
      root: join(config['exec-root'], 'mounts', 'images'),
    },
    baseImages: createBaseImages(),
    cacheRoots: buildCacheRoots(store.state),
    concurrency: config['max-concurrent-downloads'],
    uploads: config['max-concurrent-uploads'],
    logger,
    ...(policy === undefined ? {} : { policy }),
    use: {
      users: (manifest) =>
        records
          .all()
          .filter(({ resolved: { imageManifest, mounts } }) =>
            [imageManifest, ...mounts.map(({ detail }) => detail?.manifest)].includes(manifest),
          )
          .map(({ id, state: { status } }) => ({
            id,
            running: status === 'running' || status === 'paused',
          })),
    },
  });
}
