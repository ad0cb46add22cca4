/** Where a program's output goes; `process.stdout` behind a small face. */
export interface Output {
  readonly isTTY: boolean;
  readonly columns: number;
  readonly rows: number;
  /** Writes a short text before it returns. */
  write(text: string): void;
  /** Writes bytes of any number while the program goes on. One call at a time. */
  send(data: Uint8Array): Promise<void>;
}

export interface Input {
  readonly isTTY: boolean;
  /** What is typed or piped, until its end. Can be read once. */
  read(): AsyncIterable<Uint8Array>;
  /** Raw: every key is a byte, none a signal. Nothing happens where there is no terminal. */
  setRaw(raw: boolean): void;
}

export type SignalListener = (signal: NodeJS.Signals) => void;

/** The signals that this program gets. */
export interface Signals {
  /**
   * Hands these signals to the listener, in place of what they do otherwise; disposing gives them
   * back. The latest listener of a signal has it.
   */
  take(names: readonly NodeJS.Signals[], listener: SignalListener): Disposable;
}

/** The outside of the program: streams, signals, environment, clock. */
export interface CliIo {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly signals: Signals;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  now(): Date;
  /** Runs at the end of the process, whatever ends it; the result withdraws it. */
  onExit(restore: () => void): () => void;
}
