import {
  CloseTaskIORequest,
  CloseTaskIOResponse,
  ConnectTaskResponse,
  CreateTaskRequest,
  CreateTaskResponse,
  ExecTaskRequest,
  ExecTaskResponse,
  GetTaskStatsResponse,
  KillTaskRequest,
  ListTaskPidsResponse,
  ResizeTaskRequest,
  StartTaskResponse,
  StopTaskRequest,
  UpdateTaskRequest,
  WatchTaskRequest,
  type Handler,
  type Handlers,
} from '@wharf/api/shim';
import { FailedPreconditionError } from '@wharf/core';
import type { Host } from './host.js';
import { prepareMount } from './rootfs/prepare.js';
import { seedVolume } from './rootfs/seed.js';
import { attachTask } from './task/attach.js';
import { createTask, makePlaces } from './task/create.js';
import { deleteTask } from './task/delete.js';
import { execTask } from './task/exec.js';
import {
  findRunning,
  resizeTask,
  taskPids,
  taskState,
  taskStats,
  updateTask,
} from './task/inspect.js';
import { killTask } from './task/kill.js';
import { pauseTask, resumeTask } from './task/pause.js';
import { startTask } from './task/start.js';
import { stopTask } from './task/stop.js';
import type { Task } from './task/task.js';
import { watchTask } from './task/watch.js';

const nothing = new Uint8Array(0);

export interface TaskServer {
  readonly handlers: Handlers;
  hasTask(): boolean;
}

/** The methods of TaskService for the one task of this shim. `shutDown` is called once the answer is on its way. */
export function serveTask(host: Host, shutDown: () => void): TaskServer {
  let task: Task | undefined;
  const need = (): Task => {
    if (task !== undefined) return task;
    throw new FailedPreconditionError('the shim has no task yet');
  };
  const unit = (work: (task: Task, request: Uint8Array) => Promise<void> | void): Handler => {
    return async ({ request }) => {
      await work(need(), request);
      return nothing;
    };
  };
  const handlers = new Map<string, Handler>([
    [
      'CreateTask',
      async ({ request }) => {
        const wanted = CreateTaskRequest.decode(request);
        const created = task === undefined ? createTask(host, wanted) : { task, made: [] };
        task = created.task;
        const { user } = task;
        for (const seed of task.spec.seeds)
          await seedVolume(host, wanted.rootfs?.target ?? '', seed);
        const directories = new Map(
          wanted.prepared.map((mount) => [mount.target, prepareMount(host.native, mount, user)]),
        );
        const made = [...created.made, ...makePlaces(host, wanted, directories)];
        return CreateTaskResponse.encode({ shimPid: process.pid, made }).finish();
      },
    ],
    ['StartTask', async () => StartTaskResponse.encode(await startTask(need())).finish()],
    ['StopTask', unit((it, request) => stopTask(it, StopTaskRequest.decode(request)))],
    ['KillTask', unit((it, request) => killTask(it, KillTaskRequest.decode(request)))],
    ['PauseTask', unit((it) => pauseTask(it))],
    ['ResumeTask', unit((it) => resumeTask(it))],
    ['ConnectTask', async () => ConnectTaskResponse.encode(taskState(task)).finish()],
    ['ListTaskPids', async () => ListTaskPidsResponse.encode({ pids: taskPids(need()) }).finish()],
    [
      'ExecTask',
      async ({ request }) =>
        ExecTaskResponse.encode(await execTask(need(), ExecTaskRequest.decode(request))).finish(),
    ],
    ['ResizeTask', unit((it, request) => resizeTask(it, ResizeTaskRequest.decode(request)))],
    [
      'CloseTaskIO',
      async ({ request }) => {
        findRunning(need(), CloseTaskIORequest.decode(request).execId).input?.close();
        return CloseTaskIOResponse.encode({}).finish();
      },
    ],
    ['UpdateTask', unit((it, request) => updateTask(it, UpdateTaskRequest.decode(request)))],
    ['GetTaskStats', async () => GetTaskStatsResponse.encode(taskStats(need())).finish()],
    [
      'DeleteTask',
      async () => {
        if (task !== undefined) await deleteTask(task);
        return nothing;
      },
    ],
    [
      'ShutdownShim',
      async () => {
        if (task?.phase.kind === 'running' || task?.phase.kind === 'restarting') {
          throw new FailedPreconditionError('the container runs: delete the task first');
        }
        shutDown();
        return nothing;
      },
    ],
    [
      'WatchTask',
      (stream) => watchTask(need(), WatchTaskRequest.decode(stream.request).afterSequence, stream),
    ],
    ['AttachTask', (stream) => attachTask(need(), stream)],
  ]);
  return { handlers, hasTask: () => task !== undefined };
}
