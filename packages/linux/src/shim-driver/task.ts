import {
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
  WatchTaskRequest,
  WatchTaskResponse,
  fromTimestamp,
} from '@wharf/api/shim';
import {
  CancelledError,
  UnavailableError,
  isWharfError,
  type CallOptions,
  type ProcessIdentity,
  type StreamSelection,
} from '@wharf/core';
import type {
  CreatedTask,
  JournalEntry,
  Task,
  TaskExec,
  TaskSpec,
  TaskState,
  TaskStats,
} from '@wharf/engine/ports';
import { openAttach } from './attach.js';
import { removeBundle } from './clean-up.js';
import { fromEntry, fromState, toCreateRequest, toExecRequest } from './convert.js';
import { proveDead } from './death.js';
import type { ShimDriverOptions } from './options.js';
import { openConnection, type ShimConnection } from './socket.js';

const nothing = new Uint8Array(0);
/** How long a shim may take to go after it said it would. */
const shutdownMs = 5000;

/** One shim over one connection for calls and watches, and one more for each attach. */
export class ShimTask implements Task {
  readonly shim: ProcessIdentity;
  readonly closed: Promise<{ readonly shimDead: boolean }>;
  readonly #bundle: string;
  readonly #connection: ShimConnection;
  readonly #options: ShimDriverOptions;
  #left = false;
  #removed = false;

  constructor(
    shim: ProcessIdentity,
    bundle: string,
    connection: ShimConnection,
    options: ShimDriverOptions,
  ) {
    this.shim = shim;
    this.#bundle = bundle;
    this.#connection = connection;
    this.#options = options;
    this.closed = connection.closed.then(async () => ({
      // A shim that dies closes its socket a moment before it is gone; one that we have left lives on.
      shimDead: await proveDead(shim, options, this.#left ? 0 : undefined),
    }));
  }

  async create(spec: TaskSpec, options: CallOptions): Promise<CreatedTask> {
    this.#options.primeMigration?.();
    const request = CreateTaskRequest.encode(toCreateRequest(spec, this.#options)).finish();
    const answer = await this.#call('CreateTask', request, options);
    return { made: CreateTaskResponse.decode(answer).made };
  }

  async start(options: CallOptions) {
    const answer = StartTaskResponse.decode(await this.#call('StartTask', nothing, options));
    const { pid, startTicks, startedAt } = answer;
    const process = { pid, startTicks, bootId: this.shim.bootId };
    return { process, startedAt: fromTimestamp(startedAt) };
  }

  async stop(
    options: CallOptions & { readonly stopSignal?: string; readonly timeoutSeconds?: number },
  ): Promise<void> {
    const { stopSignal: signal = '', timeoutSeconds } = options;
    await this.#call(
      'StopTask',
      StopTaskRequest.encode({ signal, timeoutSeconds }).finish(),
      options,
    );
  }

  async kill(
    signal: number,
    options: CallOptions & { readonly execId?: string; readonly all?: boolean },
  ): Promise<void> {
    const { execId = '', all = false } = options;
    await this.#call('KillTask', KillTaskRequest.encode({ signal, execId, all }).finish(), options);
  }

  async pause(options: CallOptions): Promise<void> {
    await this.#call('PauseTask', nothing, options);
  }

  async resume(options: CallOptions): Promise<void> {
    await this.#call('ResumeTask', nothing, options);
  }

  async state(options: CallOptions): Promise<TaskState> {
    const answer = await this.#call('ConnectTask', nothing, options);
    return fromState(ConnectTaskResponse.decode(answer), this.shim);
  }

  async pids(options: CallOptions): Promise<readonly number[]> {
    return ListTaskPidsResponse.decode(await this.#call('ListTaskPids', nothing, options)).pids;
  }

  async exec(exec: TaskExec, options: CallOptions): Promise<{ readonly pid: number }> {
    this.#options.primeMigration?.();
    const request = ExecTaskRequest.encode(toExecRequest(exec)).finish();
    return ExecTaskResponse.decode(await this.#call('ExecTask', request, options));
  }

  async attach(execId: string, streams: StreamSelection, options: CallOptions) {
    return openAttach(this.#bundle, { execId, ...streams }, options);
  }

  async resize(execId: string, rows: number, columns: number, options: CallOptions): Promise<void> {
    const request = ResizeTaskRequest.encode({ execId, size: { rows, columns } }).finish();
    await this.#call('ResizeTask', request, options);
  }

  async stats(options: CallOptions): Promise<TaskStats> {
    const answer = await this.#call('GetTaskStats', nothing, options);
    const { memoryUsageBytes, memoryLimitBytes, ...rest } = GetTaskStatsResponse.decode(answer);
    return {
      cpuUsageNanos: rest.cpuUsageNanos,
      memoryUsage: memoryUsageBytes,
      memoryLimit: memoryLimitBytes,
      pids: rest.pids,
      blockRead: rest.blockReadBytes,
      blockWrite: rest.blockWriteBytes,
      networkReceive: rest.networkReceiveBytes,
      networkTransmit: rest.networkTransmitBytes,
    };
  }

  async *watch(afterSequence: bigint, options: CallOptions): AsyncIterable<JournalEntry> {
    const { signal } = options;
    const request = WatchTaskRequest.encode({ afterSequence }).finish();
    // A connection of its own: a watcher that does not read must not hold back the answers to calls.
    const connection = await openConnection(this.#bundle, options);
    const leave = () => connection.close();
    signal.addEventListener('abort', leave, { once: true });
    try {
      const call = connection.client.stream('WatchTask', request, false);
      for (let m = await call.receive(); m !== undefined; m = await call.receive()) {
        const { entry } = WatchTaskResponse.decode(m);
        if (entry !== undefined) yield fromEntry(entry);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', leave);
      connection.close();
    }
  }

  async remove(options: CallOptions): Promise<void> {
    if (this.#removed) return;
    await this.#call('DeleteTask', nothing, options);
    await this.#call('ShutdownShim', nothing, options).catch((error: unknown) => {
      // It may be gone before its answer is read.
      if (!isWharfError(error) || error.code !== 'unavailable') throw error;
    });
    if (!(await proveDead(this.shim, this.#options, shutdownMs))) {
      throw new UnavailableError(`the shim ${this.shim.pid} does not end`);
    }
    this.disconnect();
    // Last: that it is absent proves that nothing is left.
    await removeBundle(this.#bundle);
    this.#removed = true;
  }

  disconnect(): void {
    this.#left = true;
    this.#connection.close();
  }

  #call(method: string, request: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    return this.#connection.client.unary(method, request, { signal: options.signal });
  }
}
