import { join } from 'node:path';
import type { PullFrame, PullOptions, PullResult } from '@wharf/core';
import type { PackPort, UnpackPort } from '../../layers/ports.js';
import { createImages, type ImageManager, type ImagesDependencies } from '../images.js';
import type { ImageUser } from '../use.js';
import { FakeMounts } from './fake-mounts.js';
import { fakeRemote, type FakeRemote } from './fake-remote.js';
import { openShelf, testOptions, type Shelf } from './shelf.js';

/** An image manager over a store in a directory of its own and a registry in memory. */
export interface Gallery {
  readonly shelf: Shelf;
  readonly remote: FakeRemote;
  readonly images: ImageManager;
  /** Containers by the manifest that they were made from. */
  readonly users: Map<string, ImageUser[]>;
  /** The results of a pull, or its failure. */
  pull(ref: string, options?: Partial<PullOptions>): Promise<PullResult[]>;
  /** As a daemon that was killed and started again. */
  restart(): Promise<Gallery>;
  demolish(): Promise<void>;
}

export interface GalleryOptions {
  readonly shelf?: Shelf;
  readonly remote?: FakeRemote;
  readonly unpacker?: UnpackPort;
  /** What the daemon may ask of it; default nothing. */
  readonly pack?: object;
  readonly policy?: ImagesDependencies['policy'];
  readonly mounts?: FakeMounts;
}

export async function openGallery(options: GalleryOptions = {}): Promise<Gallery> {
  const shelf = options.shelf ?? (await openShelf(options));
  const remote = options.remote ?? fakeRemote();
  const users = new Map<string, ImageUser[]>();
  const absent = undefined as never;
  const images = createImages({
    ...shelf,
    registry: remote as unknown as ImagesDependencies['registry'],
    baseImages: absent,
    unpack: absent,
    pack: (options.pack ?? absent) as PackPort,
    archives: absent,
    use: { users: (manifest) => users.get(manifest) ?? [] },
    temporary: shelf.root,
    mounts: { port: options.mounts ?? new FakeMounts(), root: join(shelf.root, 'mounts') },
    concurrency: 3,
    uploads: 1,
    ...(options.policy === undefined ? {} : { policy: options.policy }),
  });
  return {
    shelf,
    remote,
    images,
    users,
    async pull(ref, more = {}) {
      const frames: PullFrame[] = [];
      for await (const frame of images.pull(ref, { ...testOptions, ...more })) frames.push(frame);
      return frames.flatMap((frame) => (frame.kind === 'done' ? [frame.result] : []));
    },
    async restart() {
      await images.close();
      return openGallery({ ...options, remote, shelf: await shelf.reopen() });
    },
    async demolish() {
      await images.close();
      await shelf.demolish();
    },
  };
}
