import { InvalidArgumentError } from '@wharf/core';
import type { ContainerState, Ended, Health, ProcessIdentity } from '@wharf/core';
import { ContainerStatus, HealthStatus } from '../gen/wharf/v1/containers.js';
import type * as wire from '../gen/wharf/v1/containers.js';
import { enumPair } from './enums.js';
import { dateFromWire, dateToWire, optionalDateFromWire, optionalDateToWire } from './times.js';
import { defined, eachFromWire, required } from './values.js';

const healthStatuses = enumPair('health status', {
  starting: HealthStatus.STARTING,
  healthy: HealthStatus.HEALTHY,
  unhealthy: HealthStatus.UNHEALTHY,
});

export function containerStateToWire(state: ContainerState): wire.ContainerState {
  const blank = blankState();
  switch (state.status) {
    case 'created':
      return { ...blank, status: ContainerStatus.CREATED };
    case 'starting':
      return {
        ...blank,
        ...(state.previous && endedToWire(state.previous)),
        status: ContainerStatus.STARTING,
        startingSince: dateToWire(state.since),
      };
    case 'running':
    case 'paused':
      return {
        ...blank,
        status: state.status === 'running' ? ContainerStatus.RUNNING : ContainerStatus.PAUSED,
        pid: state.process.pid,
        process: { ...state.process },
        shim: { ...state.shim },
        startedAt: dateToWire(state.startedAt),
        health: healthToWire(state.health),
      };
    case 'restarting':
      return {
        ...blank,
        ...endedToWire(state),
        status: ContainerStatus.RESTARTING,
        shim: { ...state.shim },
      };
    case 'removing':
      return {
        ...blank,
        ...(state.previous && endedToWire(state.previous)),
        status: ContainerStatus.REMOVING,
      };
    case 'exited':
      return { ...blank, ...endedToWire(state), status: ContainerStatus.EXITED };
    case 'dead':
      return { ...blank, ...endedToWire(state), status: ContainerStatus.DEAD };
  }
}

export function containerStateFromWire(state: wire.ContainerState): ContainerState {
  switch (state.status) {
    case ContainerStatus.CREATED:
      return { status: 'created' };
    case ContainerStatus.STARTING:
      return defined({
        status: 'starting' as const,
        since: dateFromWire(state.startingSince, 'state.starting_since'),
        previous: previousFromWire(state),
      });
    case ContainerStatus.RUNNING:
      return { status: 'running', ...runningFromWire(state) };
    case ContainerStatus.PAUSED:
      return { status: 'paused', ...runningFromWire(state) };
    case ContainerStatus.RESTARTING:
      return {
        status: 'restarting',
        ...endedFromWire(state),
        shim: identityFromWire(state.shim, 'state.shim'),
      };
    case ContainerStatus.REMOVING:
      return defined({ status: 'removing' as const, previous: previousFromWire(state) });
    case ContainerStatus.EXITED:
      return { status: 'exited', ...endedFromWire(state) };
    case ContainerStatus.DEAD:
      return { status: 'dead', ...endedFromWire(state) };
    default:
      throw new InvalidArgumentError(`unknown container status (${state.status})`);
  }
}

function blankState(): wire.ContainerState {
  return {
    status: ContainerStatus.UNSPECIFIED,
    pid: 0,
    exitCode: 0,
    error: '',
    oomKilled: false,
    startedAt: undefined,
    finishedAt: undefined,
    health: undefined,
    process: undefined,
    shim: undefined,
    startingSince: undefined,
  };
}

function runningFromWire(state: wire.ContainerState) {
  return defined({
    process: identityFromWire(state.process, 'state.process'),
    shim: identityFromWire(state.shim, 'state.shim'),
    startedAt: dateFromWire(state.startedAt, 'state.started_at'),
    health: healthFromWire(state.health),
  });
}

function endedToWire(ended: Ended) {
  return {
    exitCode: ended.exitCode,
    error: ended.error,
    oomKilled: ended.oomKilled,
    startedAt: optionalDateToWire(ended.startedAt),
    finishedAt: dateToWire(ended.finishedAt),
    health: healthToWire(ended.health),
  };
}

function endedFromWire(state: wire.ContainerState): Ended {
  return defined({
    exitCode: state.exitCode,
    error: state.error,
    oomKilled: state.oomKilled,
    finishedAt: dateFromWire(state.finishedAt, 'state.finished_at'),
    startedAt: optionalDateFromWire(state.startedAt, 'state.started_at'),
    health: healthFromWire(state.health),
  });
}

/** Only a run that ended has a time of its end. */
function previousFromWire(state: wire.ContainerState): Ended | undefined {
  return state.finishedAt === undefined ? undefined : endedFromWire(state);
}

function identityFromWire(
  identity: wire.ProcessIdentity | undefined,
  what: string,
): ProcessIdentity {
  const { pid, startTicks, bootId } = required(identity, what);
  return { pid, startTicks, bootId };
}

function healthToWire(health: Health | undefined): wire.Health | undefined {
  if (health === undefined) return undefined;
  return {
    status: healthStatuses.toWire(health.status),
    failingStreak: health.failingStreak,
    log: health.log.map((probe) => ({
      start: dateToWire(probe.start),
      end: dateToWire(probe.end),
      exitCode: probe.exitCode,
      output: probe.output,
    })),
  };
}

function healthFromWire(health: wire.Health | undefined): Health | undefined {
  if (health === undefined) return undefined;
  return {
    status: healthStatuses.fromWire(health.status),
    failingStreak: health.failingStreak,
    log: eachFromWire(health.log, 'health.log', (probe) => ({
      start: dateFromWire(probe.start, 'health.log.start'),
      end: dateFromWire(probe.end, 'health.log.end'),
      exitCode: probe.exitCode,
      output: probe.output,
    })),
  };
}
