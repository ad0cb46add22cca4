import type { ContainerId, ExecId, Process, ProcessSpec } from '@wharf/core';

interface ExecRecord {
  readonly id: ExecId;
  readonly containerId: ContainerId;
  readonly spec: ProcessSpec;
  pid: number;
  exitCode: number | undefined;
}

const endedKept = 1000;

/** The exec processes that this daemon started; of those that ended, the newest. They do not outlive the daemon's records on purpose: Docker's do not either. */
export class Execs {
  readonly #all = new Map<string, ExecRecord>();

  add(id: ExecId, containerId: ContainerId, spec: ProcessSpec): void {
    this.#all.set(id, { id, containerId, spec, pid: 0, exitCode: undefined });
  }

  started(id: ExecId, pid: number): void {
    const record = this.#all.get(id);
    if (record !== undefined) record.pid = pid;
  }

  ended(id: string, exitCode: number): void {
    const record = this.#all.get(id);
    if (record !== undefined) record.exitCode = exitCode;
    this.#trim();
  }

  forget(id: ExecId): void {
    this.#all.delete(id);
  }

  find(id: string): Process | undefined {
    const record = this.#all.get(id);
    return record === undefined ? undefined : toProcess(record);
  }

  listOf(containerId: ContainerId): readonly Process[] {
    return [...this.#all.values()]
      .filter((record) => record.containerId === containerId)
      .map(toProcess);
  }

  /** Those that run, as inspect shows them. */
  idsOf(containerId: ContainerId): readonly ExecId[] {
    return this.listOf(containerId)
      .filter((process) => process.running)
      .map((process) => process.id);
  }

  #trim(): void {
    const ended = [...this.#all.values()].filter((record) => record.exitCode !== undefined);
    for (const record of ended.slice(0, Math.max(0, ended.length - endedKept)))
      this.#all.delete(record.id);
  }
}

function toProcess({ id, containerId, spec, pid, exitCode }: ExecRecord): Process {
  return {
    id,
    containerId,
    spec,
    pid,
    running: exitCode === undefined && pid > 0,
    exitCode: exitCode ?? 0,
  };
}
