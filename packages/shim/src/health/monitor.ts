import { ExecTaskRequest, HealthStatus, toTimestamp } from '@wharf/api/shim';
import { toWharfError } from '@wharf/core';
import { sendSignal } from '@wharf/linux/native';
import { within } from '../clock.js';
import { Output } from '../io/output.js';
import { exitCodeOf } from '../process/reaper.js';
import { startExec } from '../task/exec.js';
import type { Run, Task } from '../task/task.js';
import { Capture } from './capture.js';
import {
  afterProbe,
  healthSettings,
  newHealth,
  probeDelay,
  type Health,
  type HealthSettings,
} from './semantics.js';

/** Bytes of a probe's output that are kept, as in Docker. */
const outputLimit = 4096;
const probeFailed = -1;

const wireStatus = {
  starting: HealthStatus.STARTING,
  healthy: HealthStatus.HEALTHY,
  unhealthy: HealthStatus.UNHEALTHY,
} as const;

interface Probe {
  readonly exitCode: number;
  readonly output: string;
}

/** Probes one run of a container, one probe after the other, and records each. */
export class HealthMonitor {
  readonly #task: Task;
  readonly #run: Run;
  readonly #settings: HealthSettings;
  #health: Health = newHealth;
  #cancel: () => void = () => undefined;
  #state: 'waiting' | 'probing' | 'paused' | 'stopped' = 'waiting';

  /** Undefined when the container has no probe. */
  static start(task: Task, run: Run): HealthMonitor | undefined {
    const rule = task.spec.health;
    if (rule === undefined || rule.args.length === 0) return undefined;
    const monitor = new HealthMonitor(task, run, healthSettings(rule));
    monitor.#schedule();
    return monitor;
  }

  private constructor(task: Task, run: Run, settings: HealthSettings) {
    this.#task = task;
    this.#run = run;
    this.#settings = settings;
  }

  get status(): HealthStatus {
    return wireStatus[this.#health.status];
  }

  stop(): void {
    this.#cancel();
    this.#state = 'stopped';
  }

  /** No probes while the container is frozen. */
  pause(): void {
    if (this.#state === 'stopped') return;
    this.#cancel();
    this.#state = 'paused';
  }

  resume(): void {
    if (this.#state === 'paused') this.#schedule();
  }

  get #sinceStart(): number {
    return this.#task.host.clock.monotonic() - this.#run.startedMono;
  }

  #schedule(): void {
    this.#state = 'waiting';
    const delay = probeDelay(this.#settings, this.#health, this.#sinceStart);
    this.#cancel = this.#task.host.clock.after(delay, () => void this.#probe());
  }

  async #probe(): Promise<void> {
    this.#state = 'probing';
    const start = this.#task.host.clock.now();
    const probe = await this.#execute().catch((error: unknown) => ({
      exitCode: probeFailed,
      output: toWharfError(error).message,
    }));
    // Stopped or paused meanwhile: what it found says nothing about the container.
    if (this.#state !== 'probing') return;
    this.#health = afterProbe(this.#settings, this.#health, {
      passed: probe.exitCode === 0,
      sinceStartMs: this.#sinceStart,
    });
    this.#record(probe, start);
    this.#schedule();
  }

  #record(probe: Probe, start: number): void {
    this.#task.journal.record({
      $case: 'health',
      value: {
        ...probe,
        status: this.status,
        failingStreak: this.#health.failingStreak,
        start: toTimestamp(start),
        end: toTimestamp(this.#task.host.clock.now()),
      },
    });
  }

  async #execute(): Promise<Probe> {
    const { clock } = this.#task.host;
    const capture = new Capture(outputLimit);
    const output = new Output(this.#task.host, capture);
    const request = ExecTaskRequest.fromPartial({
      args: this.#task.spec.health?.args ?? [],
      attach: true,
    });
    const began = clock.monotonic();
    const io = { output, input: undefined, merged: true };
    const probe = await startExec(this.#task, request, io);
    const left = this.#settings.timeoutMs - (clock.monotonic() - began);
    const inTime = await within(clock, left, probe.ended);
    if (!inTime) sendSignal(probe.pid, 9);
    const exitCode = exitCodeOf(await probe.ended);
    await output.finish();
    if (inTime) return { exitCode, output: capture.text };
    const seconds = this.#settings.timeoutMs / 1000;
    return {
      exitCode: probeFailed,
      output: `Health check exceeded timeout (${seconds}s): ${capture.text}`.slice(0, outputLimit),
    };
  }
}
