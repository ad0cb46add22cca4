import { argumentError } from '../../argv/usage-error.js';
import type { CliIo } from '../../io/io.js';

/** Makes the input raw until disposed; the end of the process gives the terminal back as well. */
export function rawInput(io: CliIo): Disposable {
  let raw = true;
  const restore = (): void => {
    if (raw) io.stdin.setRaw(false);
    raw = false;
  };
  const withdraw = io.onExit(restore);
  io.stdin.setRaw(true);
  return {
    [Symbol.dispose]() {
      restore();
      withdraw();
    },
  };
}

/**
 * A process with a terminal whose input is ours needs a terminal here too.
 * @throws UsageError in docker's words
 */
export function checkTerminal(io: CliIo, input: boolean, terminal: boolean): void {
  if (input && terminal && !io.stdin.isTTY) {
    throw argumentError('the input device is not a TTY');
  }
}

export type Resize = (rows: number, columns: number) => Promise<void>;

const tries = 5;
const pause = 10;

/**
 * Gives a process the size of the terminal here, now and whenever it changes, until disposed. The first
 * is tried again for a while: the process may only be starting.
 */
export function followSize(io: CliIo, resize: Resize): Disposable {
  if (!io.stdout.isTTY) return { [Symbol.dispose]: () => undefined };
  const send = (): Promise<void> => resize(io.stdout.rows, io.stdout.columns);
  // Later, when whoever else hears the signal has looked at the new size.
  const changed = (): void => void setImmediate(() => void send().catch(() => undefined));
  const taken = io.signals.take(['SIGWINCH'], changed);
  let ended = false;
  const first = async (): Promise<void> => {
    for (let attempt = 1; attempt <= tries && !ended; attempt++) {
      try {
        return await send();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, pause * attempt));
      }
    }
  };
  void first();
  return {
    [Symbol.dispose]() {
      ended = true;
      taken[Symbol.dispose]();
    },
  };
}
