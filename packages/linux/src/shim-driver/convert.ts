import {
  CreateTaskRequest,
  ExecTaskRequest,
  HealthStatus,
  TaskStatus,
  fromTimestamp,
  type ConnectTaskResponse,
  type JournalEntry as WireEntry,
} from '@wharf/api/shim';
import { DataLossError, type ProcessIdentity } from '@wharf/core';
import type {
  JournalEntry,
  PreparedMount,
  TaskExec,
  TaskSpec,
  TaskState,
} from '@wharf/engine/ports';
import { join } from 'node:path';
import type { ShimDriverOptions } from './options.js';

/** Where a container's root is mounted, inside its shim's mount namespace. */
export function rootOf(bundle: string): string {
  return join(bundle, 'rootfs');
}

export function toCreateRequest(spec: TaskSpec, options: ShimDriverOptions): CreateTaskRequest {
  const runtime = options.runtime(spec.runtime);
  return CreateTaskRequest.fromPartial({
    id: spec.id,
    bundle: spec.bundle,
    config: Buffer.from(spec.config),
    execProcess: Buffer.from(spec.execProcess),
    rootfs: { ...spec.rootfs, lower: [...spec.rootfs.lower], target: rootOf(spec.bundle) },
    runtime: { path: runtime.path, globalArgs: [...runtime.globalArgs], kind: runtime.kind },
    terminal: spec.terminal,
    openStdin: spec.openStdin,
    stdinOnce: spec.stdinOnce,
    log: {
      path: spec.log.path,
      maxSizeBytes: BigInt(spec.log.maxSize),
      maxFiles: spec.log.maxFiles,
      compress: spec.log.compress,
      attributes: new Map(Object.entries(spec.log.attributes)),
    },
    restart: { ...spec.restart },
    restartCount: spec.restartCount,
    health: { ...spec.health, args: [...spec.health.args] },
    stopSignal: spec.stopSignal,
    stopTimeoutSeconds: spec.stopTimeoutSeconds,
    user: spec.user,
    groupAdd: [...spec.groupAdd],
    ensure: spec.ensure.map((each) => ({ ...each })),
    seeds: spec.seeds.map((each) => ({ ...each })),
    prepared: spec.prepared.map(toPrepared),
    journalPath: spec.journalPath,
    unsynced: spec.unsynced === true,
    configurationsInMemory: spec.configurationsInMemory === true,
    cgroupPath: spec.cgroupPath,
    cgroupVersion: options.cgroupVersion,
  });
}

function toPrepared({ scratch, memory, lower, ...rest }: PreparedMount) {
  return {
    ...rest,
    ...scratch,
    lower: [...lower],
    ...(memory === undefined
      ? {}
      : { memory: { ...memory, content: Buffer.from(memory.content) } }),
  };
}

export function toExecRequest(exec: TaskExec): ExecTaskRequest {
  const { size, ...rest } = exec;
  return ExecTaskRequest.fromPartial({
    ...rest,
    args: [...exec.args],
    env: [...exec.env],
    ...(size === undefined ? {} : { size: { ...size } }),
  });
}

const statuses: Readonly<Record<TaskStatus, TaskState['status']>> = {
  [TaskStatus.UNSPECIFIED]: 'stopped',
  [TaskStatus.CREATED]: 'created',
  [TaskStatus.RUNNING]: 'running',
  [TaskStatus.PAUSED]: 'paused',
  [TaskStatus.RESTARTING]: 'restarting',
  [TaskStatus.STOPPED]: 'stopped',
};

export function fromState(state: ConnectTaskResponse, shim: ProcessIdentity): TaskState {
  const { pid, startTicks, startedAt } = state;
  return {
    status: statuses[state.status],
    shim,
    ...(pid === 0 ? {} : { process: { pid, startTicks, bootId: shim.bootId } }),
    ...(startedAt === undefined ? {} : { startedAt: fromTimestamp(startedAt) }),
    lastSequence: state.lastSequence,
    restartCount: state.restartCount,
  };
}

export function fromEntry(entry: WireEntry): JournalEntry {
  return { sequence: entry.sequence, time: fromTimestamp(entry.time), what: fromWhat(entry) };
}

function fromWhat(entry: WireEntry): JournalEntry['what'] {
  const { what } = entry;
  switch (what?.$case) {
    case 'started': {
      const { restartCount, ...process } = what.value;
      return { kind: 'started', process, restartCount };
    }
    case 'exited': {
      const { restartDelayMillis: delay, ...rest } = what.value;
      const restart = delay === undefined ? {} : { restartDelayMs: Number(delay) };
      return { kind: 'exited', ...rest, ...restart };
    }
    case 'health': {
      const { status, start, end, ...rest } = what.value;
      const times = { start: fromTimestamp(start), end: fromTimestamp(end) };
      return { kind: 'health', ...rest, ...times, status: healthOf(status) };
    }
    case 'oom':
      return { kind: 'oom' };
    case 'execExited':
      return { kind: 'exec-exited', ...what.value };
    case undefined:
      throw new DataLossError('a journal entry says nothing');
  }
}

function healthOf(status: HealthStatus): 'starting' | 'healthy' | 'unhealthy' {
  if (status === HealthStatus.HEALTHY) return 'healthy';
  return status === HealthStatus.UNHEALTHY ? 'unhealthy' : 'starting';
}
