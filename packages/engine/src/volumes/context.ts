import { join } from 'node:path';
import type { ContainerId } from '@wharf/core';
import type { KeyLock } from '../concurrency/key-lock.js';
import type { FilePort } from '../containers/file-ports.js';
import type { Logger } from '../containers/dependencies.js';
import type { UnpackPort } from '../layers/ports.js';
import type { VolumeDrivers } from './drivers.js';
import type { VolumePort } from './ports.js';
import type { VolumeRecords } from './records.js';

/** A container that mounts volumes. */
export interface VolumeUser {
  readonly id: ContainerId;
  readonly name: string;
  /** Whether it has them mounted at this moment. */
  readonly active: boolean;
  /** Names. */
  readonly volumes: readonly string[];
}

/** What the verbs of volumes/ work with. */
export interface VolumeContext {
  readonly records: VolumeRecords;
  readonly port: VolumePort;
  readonly drivers: VolumeDrivers;
  readonly files: Pick<UnpackPort, 'removeTree'>;
  readonly fileAccess: FilePort;
  readonly logger: Logger;
  /** <data-root>/volumes */
  readonly root: string;
  /** From the records of containers, so that it cannot drift. */
  readonly users: () => readonly VolumeUser[];
  readonly locks: KeyLock;
  /** Containers that are being made, and work on content, by name: not to be removed meanwhile. */
  readonly held: Map<string, number>;
  /** Ids of containers whose mounts were told of. */
  readonly mounted: Set<string>;
}

/** Where a volume's directory and content lie. */
export function volumePaths(
  { root }: Pick<VolumeContext, 'root'>,
  name: string,
): { readonly directory: string; readonly data: string } {
  const directory = join(root, name);
  return { directory, data: join(directory, '_data') };
}

/** Keeps it from removal until it is disposed of. */
export function hold({ held }: Pick<VolumeContext, 'held'>, name: string): Disposable {
  held.set(name, (held.get(name) ?? 0) + 1);
  return {
    [Symbol.dispose]() {
      const left = (held.get(name) ?? 1) - 1;
      if (left === 0) held.delete(name);
      else held.set(name, left);
    },
  };
}

export function usersOf(
  { users }: Pick<VolumeContext, 'users'>,
  name: string,
): readonly VolumeUser[] {
  return users().filter(({ volumes }) => volumes.includes(name));
}
