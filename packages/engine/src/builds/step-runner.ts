import type { BuildResources, CallOptions, ExecSession, OutputChunk } from '@wharf/core';
import type { LayerPlace } from './ports.js';

/** Something that the process of a step sees at a place of its root. */
export type StepMount = StepMountSource & {
  /** Absolute; its place is made in the root if it is missing, and goes with the step when it is empty. */
  readonly target: string;
  readonly readOnly: boolean;
};

type StepMountSource =
  /** A directory or file of the daemon's own; found without following links below it. */
  | { readonly kind: 'bind'; readonly source: string; readonly subpath: string }
  /** Layers, topmost first. What is written goes to `upper` (an empty directory of ours) and is lost with it; none when read-only. */
  | {
      readonly kind: 'stack';
      readonly lower: readonly string[];
      readonly subpath: string;
      readonly scratch?: { readonly upper: string; readonly work: string };
    }
  | { readonly kind: 'tmpfs'; readonly size?: number }
  /** In memory alone, never on a disk: secrets. */
  | {
      readonly kind: 'secret';
      readonly content: Uint8Array;
      readonly uid: number;
      readonly gid: number;
      readonly mode: number;
    }
  /** A socket of an agent that the daemon listens on. */
  | {
      readonly kind: 'socket';
      readonly source: string;
      readonly uid: number;
      readonly gid: number;
      readonly mode: number;
    };

export interface StepRequest {
  /** 64 hexadecimal digits, as an id of a container. */
  readonly id: string;
  readonly place: LayerPlace;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly workdir: string;
  /** As in an image's config. */
  readonly user: string;
  readonly hostname: string;
  readonly mounts: readonly StepMount[];
  /** default, none, host, or a network of the daemon. */
  readonly network: string;
  readonly insecure: boolean;
  readonly devices: readonly string[];
  readonly resources: BuildResources;
  readonly onOutput: (chunk: OutputChunk) => void;
}

export interface StepEnd {
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** Places in the root that were made for mounts and say nothing: `stubs` of `seal`. */
  readonly stubs: readonly string[];
  /**
   * Resolves when the step holds nothing of the kernel any more; its processes are dead and its root is unmounted before. Rejects with
   * unavailable when something of it cannot be ended: its layer is of no use then.
   */
  readonly over: Promise<void>;
}

/**
 * Processes of builds: the sandbox, network and limits of a container that `run` makes (R17), without a container that others see. All
 * that a step holds of the kernel is gone when it is over, and when a call fails, cancelled or not; cancelling kills every process of it within 2 s.
 */
export interface StepRunner {
  run(request: StepRequest, options: CallOptions): Promise<StepEnd>;
  /** The same surroundings with a terminal, for a person; the session's end ends all of it. */
  open(
    request: Omit<StepRequest, 'onOutput'> & { readonly rows: number; readonly columns: number },
    options: CallOptions,
  ): Promise<ExecSession>;
  /** Once, at the start: ends what a daemon that was killed has left of steps, and says how many there were. */
  adopt(options: CallOptions): Promise<number>;
}
