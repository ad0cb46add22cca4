import type { BuildFrame } from '@wharf/core';

/** Shows a build while it lasts. */
export interface BuildDisplay {
  frame(frame: BuildFrame): void;
  /** The build is being stopped; the text is for people. */
  stopping(text: string): void;
  /** Nothing follows; what is drawn stays. Idempotent. */
  end(): void;
}

export interface DisplayOutput {
  write(text: string): unknown;
  readonly columns: number;
  readonly rows: number;
}

export interface DisplayOptions {
  /** Each executed step says why it was. */
  readonly explain: boolean;
  /** Milliseconds. */
  readonly now: () => number;
  /** Runs at the end of the process; the result withdraws it. */
  readonly onExit: (restore: () => void) => () => void;
}
