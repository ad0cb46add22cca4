import type { DiskUsage, SystemInfo, VersionInfo } from '@wharf/core';
import type * as wire from '../gen/wharf/v1/system.js';
import { containerFromWire, containerToWire } from './containers.js';
import { imageFromWire, imageToWire } from './images.js';
import { dateFromWire, dateToWire } from './times.js';
import {
  eachFromWire,
  listFromWire,
  numberFromWire,
  numberToWire,
  recordFromWire,
  recordToWire,
} from './values.js';

export function versionToWire(version: VersionInfo): wire.GetVersionResponse {
  return {
    ...version,
    components: version.components.map((part) => ({
      ...part,
      details: recordToWire(part.details),
    })),
  };
}

export function versionFromWire(version: wire.GetVersionResponse): VersionInfo {
  return {
    ...version,
    components: eachFromWire(version.components, 'components', (part) => ({
      name: part.name,
      version: part.version,
      details: recordFromWire(part.details, 'components.details'),
    })),
  };
}

export function infoToWire(info: SystemInfo): wire.GetInfoResponse {
  const { memory, counters, ...rest } = info;
  return {
    ...rest,
    memoryBytes: numberToWire(memory, 'memory'),
    runtimes: info.runtimes.map((runtime) => ({ ...runtime })),
    securityOptions: [...info.securityOptions],
    degraded: info.degraded.map((entry) => ({ ...entry })),
    recovery: [...info.recovery],
    counters: new Map(
      Object.entries(counters).map(([name, value]) => [name, numberToWire(value, name)]),
    ),
    systemTime: dateToWire(info.systemTime),
  };
}

export function infoFromWire(info: wire.GetInfoResponse): SystemInfo {
  const { memoryBytes, ...rest } = info;
  return {
    ...rest,
    memory: numberFromWire(memoryBytes, 'memory_bytes'),
    runtimes: eachFromWire(info.runtimes, 'runtimes', (runtime) => ({ ...runtime })),
    securityOptions: listFromWire(info.securityOptions, 'security_options'),
    degraded: eachFromWire(info.degraded, 'degraded', (entry) => ({ ...entry })),
    recovery: listFromWire(info.recovery, 'recovery'),
    counters: countersFromWire(info.counters),
    systemTime: dateFromWire(info.systemTime, 'system_time'),
  };
}

function countersFromWire(counters: ReadonlyMap<string, bigint>): Record<string, number> {
  const record = Object.create(null) as Record<string, number>;
  for (const [name, value] of counters) record[name] = numberFromWire(value, name);
  return record;
}

export function diskUsageToWire(usage: DiskUsage): wire.GetDiskUsageResponse {
  return {
    layersSizeBytes: numberToWire(usage.layersSize, 'size of layers'),
    contentSizeBytes: numberToWire(usage.contentSize, 'size of content'),
    images: usage.images.map(imageToWire),
    containers: usage.containers.map(containerToWire),
    volumes: usage.volumes.map(({ name, size, links }) => ({
      name,
      links,
      sizeBytes: numberToWire(size, 'size of a volume'),
    })),
    reclaimableImagesBytes: numberToWire(usage.reclaimableImages, 'reclaimable bytes'),
  };
}

export function diskUsageFromWire(usage: wire.GetDiskUsageResponse): DiskUsage {
  return {
    layersSize: numberFromWire(usage.layersSizeBytes, 'layers_size_bytes'),
    contentSize: numberFromWire(usage.contentSizeBytes, 'content_size_bytes'),
    images: usage.images.map(imageFromWire),
    containers: usage.containers.map(containerFromWire),
    volumes: eachFromWire(usage.volumes, 'volumes', ({ name, links, sizeBytes }) => ({
      name,
      links,
      size: numberFromWire(sizeBytes, 'volumes.size_bytes'),
    })),
    reclaimableImages: numberFromWire(usage.reclaimableImagesBytes, 'reclaimable_images_bytes'),
  };
}
