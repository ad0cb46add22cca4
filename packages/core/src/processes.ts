import type { CallOptions } from './call.js';
import type { ContainerId, ExecId } from './ids.js';
import type { StreamSession } from './streams.js';

/** A further process in a running container. */
export interface ProcessSpec {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly user?: string;
  readonly workdir?: string;
  readonly terminal: boolean;
  readonly attachStdin: boolean;
  readonly attachStdout: boolean;
  readonly attachStderr: boolean;
  readonly privileged: boolean;
  readonly detach: boolean;
  readonly size?: { readonly rows: number; readonly columns: number };
}

export interface Process {
  readonly id: ExecId;
  readonly containerId: ContainerId;
  readonly spec: ProcessSpec;
  readonly running: boolean;
  readonly pid: number;
  readonly exitCode: number;
}

export interface ExecSession extends StreamSession {
  readonly id: ExecId;
  readonly pid: number;
  /** Resolves when the process has ended and its output was read to the end; never rejects for a non-zero code. */
  readonly exitCode: Promise<number>;
  resize(rows: number, columns: number): Promise<void>;
}

export interface Processes {
  /** failed-precondition unless the container runs. A command that cannot be executed throws with facts.exitCode 126 or 127. */
  exec(container: string, spec: ProcessSpec, options: CallOptions): Promise<ExecSession>;
  get(id: string, options: CallOptions): Promise<Process>;
  list(container: string, options: CallOptions): Promise<readonly Process[]>;
}
