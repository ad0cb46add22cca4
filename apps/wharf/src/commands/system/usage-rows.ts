import type { CacheRecord, Container, DiskUsage } from '@wharf/core';
import { humanSize } from '../../format/units.js';

/** The rows of `system df`. An image takes its blobs and its unpacked layers, those that are shared once. */
export function usageRows(usage: DiskUsage, cache: readonly CacheRecord[]): object[] {
  const { images, containers, volumes } = usage;
  return [
    row('Images', {
      total: images.length,
      active: images.filter((image) => image.containers > 0).length,
      size: usage.layersSize + usage.contentSize,
      reclaimable: usage.reclaimableImages,
      share: true,
    }),
    row('Containers', {
      total: containers.length,
      active: containers.filter(isActive).length,
      size: sum(containers, writable),
      reclaimable: sum(
        containers.filter((container) => !isActive(container)),
        writable,
      ),
      share: true,
    }),
    row('Local Volumes', {
      total: volumes.length,
      active: volumes.filter(({ links }) => links > 0).length,
      size: sum(volumes, ({ size }) => size),
      reclaimable: sum(
        volumes.filter(({ links }) => links === 0),
        ({ size }) => size,
      ),
      share: true,
    }),
    row('Build Cache', {
      total: cache.length,
      active: cache.filter(({ inUse }) => inUse).length,
      size: sum(cache, ({ size }) => size),
      reclaimable: sum(
        cache.filter(({ inUse, shared }) => !inUse && !shared),
        ({ size }) => size,
      ),
      share: false,
    }),
  ];
}

interface Usage {
  readonly total: number;
  readonly active: number;
  /** Bytes. */
  readonly size: number;
  readonly reclaimable: number;
  /** Whether the reclaimable part is told in percent too. */
  readonly share: boolean;
}

function row(type: string, { total, active, size, reclaimable, share }: Usage): object {
  const percent = share && size > 0 ? ` (${Math.floor((reclaimable * 100) / size)}%)` : '';
  return {
    Active: String(active),
    Reclaimable: `${humanSize(reclaimable)}${percent}`,
    Size: humanSize(size),
    TotalCount: String(total),
    Type: type,
  };
}

function isActive({ state }: Container): boolean {
  return ['running', 'paused', 'restarting', 'starting'].includes(state.status);
}

function writable({ sizeRw = 0 }: Container): number {
  return sizeRw;
}

function sum<T>(list: readonly T[], count: (one: T) => number): number {
  return list.reduce((total, one) => total + count(one), 0);
}
