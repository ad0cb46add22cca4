import type { GetTaskStatsResponse, ResizeTaskRequest, UpdateTaskRequest } from '@wharf/api/shim';
import { ConnectTaskResponse, HealthStatus, TaskStatus, toTimestamp } from '@wharf/api/shim';
import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FailedPreconditionError, NotFoundError, WharfError } from '@wharf/core';
import { cgroupPids, readCgroupStats } from '@wharf/linux/native';
import { resize } from '../process/start.js';
import { callRuntime } from '../runtime/call.js';
import type { Running, Task } from './task.js';

/** What the task does now. Without a task: only who the shim is. */
export function taskState(task: Task | undefined): ConnectTaskResponse {
  const shimPid = process.pid;
  if (task === undefined) return ConnectTaskResponse.fromPartial({ shimPid });
  const run = task.phase.kind === 'running' ? task.phase.run : undefined;
  return {
    shimPid,
    status: wireStatus(task),
    pid: run?.pid ?? 0,
    startTicks: run?.startTicks ?? 0n,
    startedAt: run === undefined ? undefined : toTimestamp(run.startedAt),
    lastSequence: task.journal.lastSequence,
    restartCount: task.restartCount,
    health: task.monitor?.status ?? HealthStatus.UNSPECIFIED,
    logDroppedBytes: task.log.droppedBytes,
    execIds: [...task.execs.values()].filter((e) => e.exitCode === undefined).map((e) => e.id),
  };
}

function wireStatus(task: Task): TaskStatus {
  switch (task.phase.kind) {
    case 'created':
      return TaskStatus.CREATED;
    case 'running':
      return task.phase.paused ? TaskStatus.PAUSED : TaskStatus.RUNNING;
    case 'restarting':
      return TaskStatus.RESTARTING;
    case 'stopped':
    case 'deleted':
      return TaskStatus.STOPPED;
  }
}

export function taskPids(task: Task): number[] {
  const { run } = task;
  const pids = cgroupPids(task.place);
  return pids.includes(run.pid) ? pids : [run.pid, ...pids];
}

export function taskStats(task: Task): GetTaskStatsResponse {
  const { run } = task;
  const stats = readCgroupStats(task.place);
  const network = networkBytes(run.pid);
  return {
    cpuUsageNanos: stats.cpuNanos,
    memoryUsageBytes: stats.memory,
    memoryLimitBytes: stats.memoryLimit,
    pids: stats.pids,
    blockReadBytes: stats.blockRead,
    blockWriteBytes: stats.blockWrite,
    networkReceiveBytes: network.received,
    networkTransmitBytes: network.sent,
  };
}

/** proc(5) /proc/PID/net/dev, without the loopback. */
function networkBytes(pid: number): { received: bigint; sent: bigint } {
  let received = 0n;
  let sent = 0n;
  for (const line of readDevices(pid).split('\n')) {
    const match = /^\s*([^:\s]+):\s*(\d+)(?:\s+\d+){7}\s+(\d+)/.exec(line);
    if (match === null || match[1] === 'lo') continue;
    received += BigInt(match[2] ?? 0);
    sent += BigInt(match[3] ?? 0);
  }
  return { received, sent };
}

function readDevices(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/net/dev`, 'latin1');
  } catch {
    return '';
  }
}

/** The running process behind an exec id; '' is the container's own. */
export function findRunning(task: Task, execId: string): Running {
  if (execId === '') return task.run;
  const exec = task.execs.get(execId);
  if (exec === undefined) throw new NotFoundError('exec', execId);
  if (exec.exitCode !== undefined) throw new FailedPreconditionError('the exec process has ended');
  return exec;
}

/** Before the start, the size that the terminal will have; without a terminal, nothing. */
export function resizeTask(task: Task, request: ResizeTaskRequest): void {
  if (request.execId === '' && task.phase.kind !== 'running') {
    task.spec.size = request.size;
    return;
  }
  const { terminal } = findRunning(task, request.execId);
  if (terminal !== undefined) resize(task.host, terminal, request.size);
}

export async function updateTask(task: Task, request: UpdateTaskRequest): Promise<void> {
  if (request.restart !== undefined) task.restart = request.restart;
  if (request.resources.length === 0 || task.phase.kind !== 'running') return;
  const path = join(task.host.bundle, `resources.${crypto.randomUUID()}.json`);
  writeFileSync(path, request.resources, { mode: 0o600 });
  try {
    const args = ['update', '--resources', path, task.spec.id];
    const result = await callRuntime(task.host, { runtime: task.runtime, args });
    if (result.exitCode !== 0) {
      throw new WharfError('failed-precondition', `the limits cannot be changed: ${result.error}`);
    }
  } finally {
    unlinkSync(path);
  }
}
