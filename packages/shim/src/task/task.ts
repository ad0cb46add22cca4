import type { CreateTaskRequest, RestartRule, RuntimeCommand } from '@wharf/api/shim';
import { FailedPreconditionError } from '@wharf/core';
import type { CgroupPlace } from '@wharf/linux/native';
import type { ResolvedUser } from '@wharf/oci';
import type { Host } from '../host.js';
import { Input } from '../io/input.js';
import { Output } from '../io/output.js';
import type { Journal } from '../journal/journal.js';
import type { LogSink } from '../log/writer.js';
import type { HealthMonitor } from '../health/monitor.js';
import type { ProcessConfig } from '../runtime/config.js';
import { Mutex } from './mutex.js';

/** A process that runs, as the verbs need it. */
export interface Running {
  readonly pid: number;
  readonly startTicks: bigint;
  readonly startedAt: number;
  readonly terminal: number | undefined;
  readonly output: Output;
  readonly input: Input | undefined;
}

/** The container's first process. `over` resolves when its end has been dealt with. */
export interface Run extends Running {
  readonly startedMono: number;
  readonly oomBefore: bigint;
  readonly over: Promise<void>;
}

export interface Exec extends Running {
  readonly id: string;
  exitCode: number | undefined;
}

/** What the container does now. `stopped` is also the state before it is created for good. */
export type Phase =
  | { readonly kind: 'created' }
  | { readonly kind: 'running'; readonly run: Run; paused: boolean }
  | { readonly kind: 'restarting'; readonly cancel: () => void; readonly exitCode: number }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'deleted' };

/** The streams of the next or the running process. */
export interface Streams {
  readonly output: Output;
  readonly input: Input | undefined;
}

/** One container as its shim knows it. The verbs beside this file change it, one at a time where they must. */
export class Task {
  readonly host: Host;
  readonly spec: CreateTaskRequest;
  readonly runtime: RuntimeCommand;
  readonly place: CgroupPlace;
  readonly journal: Journal;
  readonly log: LogSink;
  readonly user: ResolvedUser;
  readonly execProcess: ProcessConfig;
  /** The first word of what the container runs, for messages. */
  readonly command: string;
  readonly execs = new Map<string, Exec>();
  /** Starting, ending and deleting exclude each other. */
  readonly lock = new Mutex();
  restart: RestartRule;
  phase: Phase = { kind: 'created' };
  streams: Streams;
  restartCount: number;
  lastDelayMs = 0;
  /** Stopped or killed by a user since it was started: ends the restart policy. */
  stoppedByUser = false;
  monitor: HealthMonitor | undefined;
  /** Kills the runtime that is just starting the first process, which may hang. */
  interruptStart: (() => void) | undefined;

  constructor(
    parts: Pick<
      Task,
      'host' | 'spec' | 'runtime' | 'place' | 'journal' | 'log' | 'user' | 'execProcess' | 'command'
    >,
  ) {
    this.host = parts.host;
    this.spec = parts.spec;
    this.runtime = parts.runtime;
    this.place = parts.place;
    this.journal = parts.journal;
    this.log = parts.log;
    this.user = parts.user;
    this.execProcess = parts.execProcess;
    this.command = parts.command;
    this.restart = parts.spec.restart ?? { kind: 'no', maximumRetryCount: 0 };
    this.restartCount = parts.spec.restartCount;
    this.streams = this.newStreams();
  }

  newStreams(): Streams {
    const input = this.spec.openStdin || this.spec.terminal ? new Input() : undefined;
    return { output: new Output(this.host, this.log), input };
  }

  /** The running first process; failed-precondition when there is none. */
  get run(): Run {
    if (this.phase.kind === 'running') return this.phase.run;
    throw new FailedPreconditionError('the container is not running');
  }
}
