import { defaultContainerSpec } from '@wharf/core';
import type { ContainerSpec, Healthcheck, LogConfig, RestartPolicy } from '@wharf/core';
import { RestartPolicyKind } from '../gen/wharf/v1/containers.js';
import type * as wire from '../gen/wharf/v1/containers.js';
import {
  devicesFromWire,
  devicesToWire,
  mountsFromWire,
  mountsToWire,
  namespacesFromWire,
  securityFromWire,
  securityToWire,
} from './container-parts.js';
import { enumPair } from './enums.js';
import { networkingFromWire, networkingToWire } from './networking.js';
import { resourcesFromWire, resourcesToWire } from './resources.js';
import {
  atLeast,
  defined,
  integerWithin,
  listFromWire,
  recordFromWire,
  recordToWire,
  textOrAbsent,
} from './values.js';

const maxInt32 = 2 ** 31 - 1;

const restartKinds = enumPair('restart policy', {
  no: RestartPolicyKind.NO,
  'on-failure': RestartPolicyKind.ON_FAILURE,
  always: RestartPolicyKind.ALWAYS,
  'unless-stopped': RestartPolicyKind.UNLESS_STOPPED,
});

/** Throws invalid-argument for values that no container can have; what depends on the host is the engine's to check. */
export function containerSpecFromWire(spec: wire.ContainerSpec): ContainerSpec {
  return defined({
    name: textOrAbsent(spec.name),
    image: spec.image,
    platform: textOrAbsent(spec.platform),
    entrypoint: optionalList(spec.entrypoint, 'entrypoint'),
    command: optionalList(spec.command, 'command'),
    env: listFromWire(spec.env, 'env'),
    user: textOrAbsent(spec.user),
    groupAdd: listFromWire(spec.groupAdd, 'group_add'),
    workdir: textOrAbsent(spec.workdir),
    hostname: textOrAbsent(spec.hostname),
    domainname: textOrAbsent(spec.domainname),
    terminal: spec.terminal,
    openStdin: spec.openStdin,
    stdinOnce: spec.stdinOnce,
    labels: recordFromWire(spec.labels, 'labels'),
    annotations: recordFromWire(spec.annotations, 'annotations'),
    stopSignal: textOrAbsent(spec.stopSignal),
    stopTimeoutSeconds: stopTimeoutFromWire(spec.stopTimeoutSeconds),
    healthcheck: healthcheckFromWire(spec.healthcheck),
    init: spec.init,
    restart: restartFromWire(spec.restart),
    autoRemove: spec.autoRemove,
    runtime: textOrAbsent(spec.runtime),
    mounts: mountsFromWire(spec.mounts),
    readOnlyRootfs: spec.readOnlyRootfs,
    namespaces: namespacesFromWire(spec.namespaces),
    security: securityFromWire(spec.security),
    devices: devicesFromWire(spec.devices),
    resources: resourcesFromWire(spec.resources),
    sysctls: recordFromWire(spec.sysctls, 'sysctls'),
    log: logConfigFromWire(spec.log),
    networking: networkingFromWire(spec.networking),
    volumesFrom: listFromWire(spec.volumesFrom, 'volumes_from'),
    attachStdin: spec.attachStdin,
    attachStdout: spec.attachStdout,
    attachStderr: spec.attachStderr,
  });
}

export function containerSpecToWire(spec: ContainerSpec): wire.ContainerSpec {
  return {
    name: spec.name ?? '',
    image: spec.image,
    platform: spec.platform ?? '',
    entrypoint: spec.entrypoint && { values: [...spec.entrypoint] },
    command: spec.command && { values: [...spec.command] },
    env: [...spec.env],
    user: spec.user ?? '',
    groupAdd: [...spec.groupAdd],
    workdir: spec.workdir ?? '',
    hostname: spec.hostname ?? '',
    domainname: spec.domainname ?? '',
    terminal: spec.terminal,
    openStdin: spec.openStdin,
    stdinOnce: spec.stdinOnce,
    labels: recordToWire(spec.labels),
    annotations: recordToWire(spec.annotations),
    stopSignal: spec.stopSignal ?? '',
    stopTimeoutSeconds: spec.stopTimeoutSeconds,
    healthcheck: healthcheckToWire(spec.healthcheck),
    init: spec.init,
    restart: {
      kind: restartKinds.toWire(spec.restart.kind),
      maximumRetryCount: spec.restart.maximumRetryCount,
    },
    autoRemove: spec.autoRemove,
    runtime: spec.runtime ?? '',
    mounts: mountsToWire(spec.mounts),
    readOnlyRootfs: spec.readOnlyRootfs,
    namespaces: { ...spec.namespaces },
    security: securityToWire(spec.security),
    devices: devicesToWire(spec.devices),
    resources: resourcesToWire(spec.resources),
    sysctls: recordToWire(spec.sysctls),
    log: { driver: spec.log.driver, options: recordToWire(spec.log.options) },
    networking: networkingToWire(spec.networking),
    volumesFrom: [...spec.volumesFrom],
    attachStdin: spec.attachStdin,
    attachStdout: spec.attachStdout,
    attachStderr: spec.attachStderr,
  };
}

export function healthcheckFromWire(check: wire.Healthcheck | undefined): Healthcheck | undefined {
  if (check === undefined) return undefined;
  return {
    test: listFromWire(check.test, 'healthcheck.test'),
    intervalNanos: atLeast(check.intervalNanos, 'healthcheck.interval', 0n),
    timeoutNanos: atLeast(check.timeoutNanos, 'healthcheck.timeout', 0n),
    startPeriodNanos: atLeast(check.startPeriodNanos, 'healthcheck.start_period', 0n),
    startIntervalNanos: atLeast(check.startIntervalNanos, 'healthcheck.start_interval', 0n),
    retries: integerWithin(check.retries, 'healthcheck.retries', 0, maxInt32),
  };
}

export function healthcheckToWire(check: Healthcheck | undefined): wire.Healthcheck | undefined {
  return check && { ...check, test: [...check.test] };
}

/** Seconds; -1 waits for ever. */
export function stopTimeoutFromWire(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : integerWithin(seconds, 'stop timeout', -1, maxInt32);
}

function optionalList(
  list: wire.StringList | undefined,
  what: string,
): readonly string[] | undefined {
  return list && listFromWire(list.values, what);
}

function restartFromWire(policy: wire.RestartPolicy | undefined): RestartPolicy {
  if (policy === undefined) return defaultContainerSpec('').restart;
  return {
    kind: restartKinds.fromWireOr(policy.kind, 'no'),
    maximumRetryCount: integerWithin(
      policy.maximumRetryCount,
      'restart.maximum_retry_count',
      0,
      maxInt32,
    ),
  };
}

function logConfigFromWire(log: wire.LogConfig | undefined): LogConfig {
  if (log === undefined) return { driver: '', options: {} };
  return { driver: log.driver, options: recordFromWire(log.options, 'log.options') };
}
