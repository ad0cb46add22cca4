import { parseContainerId, parseContainerName } from '@wharf/core';
import type { Container, ContainerMount, ContainerStats, ResolvedConfig } from '@wharf/core';
import { WaitCondition } from '../gen/wharf/v1/containers.js';
import type * as wire from '../gen/wharf/v1/containers.js';
import { mountKinds } from './container-parts.js';
import {
  containerSpecFromWire,
  containerSpecToWire,
  healthcheckFromWire,
  healthcheckToWire,
} from './container-spec.js';
import { containerStateFromWire, containerStateToWire } from './container-state.js';
import { enumPair } from './enums.js';
import {
  networkEndpointFromWire,
  networkEndpointToWire,
  publishedPortFromWire,
  publishedPortToWire,
} from './networking.js';
import { dateFromWire, dateToWire } from './times.js';
import {
  defined,
  eachFromWire,
  listFromWire,
  numberFromWire,
  numberToWire,
  recordFromWire,
  recordToWire,
  required,
} from './values.js';

const notMeasured = -1n;

export const waitConditions = enumPair('wait condition', {
  'not-running': WaitCondition.NOT_RUNNING,
  'next-exit': WaitCondition.NEXT_EXIT,
  removed: WaitCondition.REMOVED,
});

export function containerToWire(container: Container): wire.Container {
  return {
    id: container.id,
    name: container.name,
    createdAt: dateToWire(container.createdAt),
    spec: containerSpecToWire(container.spec),
    ...resolvedToWire(container.resolved),
    state: containerStateToWire(container.state),
    restartCount: container.restartCount,
    networks: container.networks.map(networkEndpointToWire),
    ports: container.ports.map(publishedPortToWire),
    sandboxKey: container.sandboxKey,
    maskedPaths: [...container.maskedPaths],
    readonlyPaths: [...container.readonlyPaths],
    execIds: [...container.execIds],
    sizeRwBytes: sizeToWire(container.sizeRw),
    sizeRootFsBytes: sizeToWire(container.sizeRootFs),
  };
}

export function containerFromWire(message: wire.Container | undefined): Container {
  const container = required(message, 'container');
  return defined({
    id: parseContainerId(container.id),
    name: parseContainerName(container.name),
    createdAt: dateFromWire(container.createdAt, 'container.created_at'),
    spec: containerSpecFromWire(required(container.spec, 'container.spec')),
    resolved: resolvedFromWire(container),
    state: containerStateFromWire(required(container.state, 'container.state')),
    restartCount: container.restartCount,
    networks: eachFromWire(container.networks, 'container.networks', networkEndpointFromWire),
    ports: container.ports.map(publishedPortFromWire),
    sandboxKey: container.sandboxKey,
    maskedPaths: listFromWire(container.maskedPaths, 'container.masked_paths'),
    readonlyPaths: listFromWire(container.readonlyPaths, 'container.readonly_paths'),
    execIds: listFromWire(container.execIds, 'container.exec_ids'),
    sizeRw: sizeFromWire(container.sizeRwBytes),
    sizeRootFs: sizeFromWire(container.sizeRootFsBytes),
  });
}

export function statsToWire(stats: ContainerStats): wire.ContainerStats {
  const { memoryUsage, memoryLimit, blockRead, blockWrite, ...same } = stats;
  const { networkReceive, networkTransmit, time, ...rest } = same;
  return {
    ...rest,
    time: dateToWire(time),
    memoryUsageBytes: memoryUsage,
    memoryLimitBytes: memoryLimit,
    blockReadBytes: blockRead,
    blockWriteBytes: blockWrite,
    networkReceiveBytes: networkReceive,
    networkTransmitBytes: networkTransmit,
  };
}

export function statsFromWire(stats: wire.ContainerStats): ContainerStats {
  return {
    id: parseContainerId(stats.id),
    name: parseContainerName(stats.name),
    time: dateFromWire(stats.time, 'stats.time'),
    cpuUsageNanos: stats.cpuUsageNanos,
    systemCpuNanos: stats.systemCpuNanos,
    onlineCpus: stats.onlineCpus,
    memoryUsage: stats.memoryUsageBytes,
    memoryLimit: stats.memoryLimitBytes,
    pids: stats.pids,
    blockRead: stats.blockReadBytes,
    blockWrite: stats.blockWriteBytes,
    networkReceive: stats.networkReceiveBytes,
    networkTransmit: stats.networkTransmitBytes,
  };
}

function resolvedToWire(resolved: ResolvedConfig) {
  return {
    imageId: resolved.imageId,
    imageManifest: resolved.imageManifest,
    platform: resolved.platform,
    args: [...resolved.entrypoint, ...resolved.command],
    entrypoint: [...resolved.entrypoint],
    command: [...resolved.command],
    env: [...resolved.env],
    workdir: resolved.workdir,
    user: resolved.user,
    hostname: resolved.hostname,
    stopSignal: resolved.stopSignal,
    healthcheck: healthcheckToWire(resolved.healthcheck),
    labels: recordToWire(resolved.labels),
    runtime: resolved.runtime,
    logPath: resolved.logPath,
    upperDir: resolved.upperDir,
    mounts: resolved.mounts.map((mount) => ({ ...mount, kind: mountKinds.toWire(mount.kind) })),
    networkMode: resolved.networkMode,
  };
}

function resolvedFromWire(container: wire.Container): ResolvedConfig {
  return defined({
    imageId: container.imageId,
    imageManifest: container.imageManifest,
    platform: container.platform,
    entrypoint: listFromWire(container.entrypoint, 'container.entrypoint'),
    command: listFromWire(container.command, 'container.command'),
    env: listFromWire(container.env, 'container.env'),
    workdir: container.workdir,
    user: container.user,
    hostname: container.hostname,
    stopSignal: container.stopSignal,
    healthcheck: healthcheckFromWire(container.healthcheck),
    labels: recordFromWire(container.labels, 'container.labels'),
    runtime: container.runtime,
    logPath: container.logPath,
    upperDir: container.upperDir,
    mounts: eachFromWire(container.mounts, 'container.mounts', containerMountFromWire),
    networkMode: container.networkMode,
  });
}

function containerMountFromWire(mount: wire.ContainerMount): ContainerMount {
  const { name, source, target, driver, mode, readWrite, propagation } = mount;
  const kind = mountKinds.fromWire(mount.kind);
  return { kind, name, source, target, driver, mode, readWrite, propagation };
}

function sizeToWire(bytes: number | undefined): bigint {
  return bytes === undefined ? notMeasured : numberToWire(bytes, 'size');
}

function sizeFromWire(bytes: bigint): number | undefined {
  return bytes < 0n ? undefined : numberFromWire(bytes, 'size');
}
