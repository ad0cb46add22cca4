import { join } from 'node:path';
import type { ContainerId } from '@wharf/core';

export interface RootPaths {
  /** <data-root>/containers */
  readonly data: string;
  /** <exec-root>/containers */
  readonly run: string;
}

/** Where a container's files lie. All of it is ours; nothing here is named by an image or a caller. */
export interface ContainerPaths {
  readonly directory: string;
  readonly upper: string;
  readonly work: string;
  readonly log: string;
  readonly journal: string;
  /** hosts, hostname and resolv.conf as the container sees them. */
  readonly etc: string;
  readonly bundle: string;
  /** Mount point of the root filesystem, inside the shim's mount namespace. */
  readonly rootfs: string;
}

export function containerPaths(roots: RootPaths, id: ContainerId): ContainerPaths {
  const directory = join(roots.data, id);
  const bundle = join(roots.run, id);
  return {
    directory,
    bundle,
    upper: join(directory, 'upper'),
    work: join(directory, 'work'),
    log: join(directory, `${id}-json.log`),
    journal: join(directory, 'journal.jsonl'),
    etc: join(directory, 'etc'),
    rootfs: join(bundle, 'rootfs'),
  };
}
