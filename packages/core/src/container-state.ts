/** A process identity that survives pid re-use: pid, start time (field 22 of /proc/PID/stat), boot id. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: bigint;
  readonly bootId: string;
}

export interface HealthProbe {
  readonly start: Date;
  readonly end: Date;
  readonly exitCode: number;
  readonly output: string;
}

export interface Health {
  readonly status: 'starting' | 'healthy' | 'unhealthy';
  readonly failingStreak: number;
  /** The last five, oldest first. */
  readonly log: readonly HealthProbe[];
}

interface Ran {
  readonly startedAt: Date;
}

export interface Ended {
  readonly exitCode: number;
  readonly error: string;
  readonly oomKilled: boolean;
  readonly finishedAt: Date;
  /** Absent when it could not be started at all. */
  readonly startedAt?: Date;
  readonly health?: Health;
}

/**
 * What was last observed of a container. `starting` is the durable intent written before the first kernel side effect;
 * `removing` the one before the last. Faces show `starting` as created.
 */
export type ContainerState =
  | { readonly status: 'created' }
  | { readonly status: 'starting'; readonly since: Date; readonly previous?: Ended }
  | ({
      readonly status: 'running';
      readonly process: ProcessIdentity;
      readonly shim: ProcessIdentity;
      readonly health?: Health;
    } & Ran)
  | ({
      readonly status: 'paused';
      readonly process: ProcessIdentity;
      readonly shim: ProcessIdentity;
      readonly health?: Health;
    } & Ran)
  | ({ readonly status: 'restarting'; readonly shim: ProcessIdentity } & Ended)
  | ({ readonly status: 'exited' } & Ended)
  | { readonly status: 'removing'; readonly previous?: Ended }
  | ({ readonly status: 'dead' } & Ended);

export type ContainerStatus = ContainerState['status'];

/** From what may become what; one writer checks it, persists, then publishes. */
export const legalMoves: Readonly<Record<ContainerStatus, readonly ContainerStatus[]>> = {
  created: ['starting', 'removing'],
  starting: ['running', 'exited', 'created', 'removing', 'dead'],
  running: ['running', 'paused', 'restarting', 'exited', 'dead'],
  paused: ['paused', 'running', 'restarting', 'exited', 'dead'],
  restarting: ['running', 'restarting', 'exited', 'dead'],
  exited: ['starting', 'removing'],
  removing: ['dead'],
  dead: ['removing', 'exited'],
};

export function isLegalMove(from: ContainerStatus, to: ContainerStatus): boolean {
  return legalMoves[from].includes(to);
}

/** True while a process of it exists or will again without anybody asking. */
export function isActive(state: ContainerState): boolean {
  return (
    state.status === 'running' ||
    state.status === 'paused' ||
    state.status === 'restarting' ||
    state.status === 'starting'
  );
}
