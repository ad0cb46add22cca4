import { renameSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { FailedPreconditionError } from '@wharf/core';
import type { LocalMount } from '../local-options.js';
import type { DataStack, VolumePort } from '../ports.js';

/** Mounts that are only remembered. One fake may serve several managers in turn: the kernel forgets nothing. */
export class FakeVolumePort implements VolumePort {
  readonly mounted = new Map<string, LocalMount | DataStack>();
  /** Devices that the kernel refuses. */
  readonly broken = new Set<string>();
  reflinks = false;
  quotas = false;
  readonly limits = new Map<string, bigint>();

  isMounted(path: string): boolean {
    return this.mounted.has(path);
  }

  mountLocal(target: string, mount: LocalMount): Promise<void> {
    if (this.broken.has(mount.device))
      return Promise.reject(new FailedPreconditionError('failed to mount local volume'));
    this.mounted.set(target, mount);
    return Promise.resolve();
  }

  mountStack(target: string, stack: DataStack): void {
    this.mounted.set(target, stack);
  }

  unmount(target: string): void {
    this.mounted.delete(target);
  }

  copyTree(from: string, to: string): Promise<void> {
    return cp(from, to, { recursive: true });
  }

  limit(directory: string, _project: number, bytes: bigint): boolean {
    if (this.quotas) this.limits.set(directory, bytes);
    return this.quotas;
  }

  exchange(one: string, other: string): void {
    renameSync(one, `${one}.aside`);
    renameSync(other, one);
    renameSync(`${one}.aside`, other);
  }

  canReflink(): boolean {
    return this.reflinks;
  }
}
