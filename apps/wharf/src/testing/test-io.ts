import type { CliIo, Output, SignalListener } from '../io/io.js';

export interface FakeOutput extends Output {
  readonly text: string;
}

function fakeOutput(isTTY: boolean): FakeOutput {
  let text = '';
  return {
    isTTY,
    columns: 100,
    rows: 40,
    get text() {
      return text;
    },
    write: (more) => void (text += more),
    send: (data) => {
      text += Buffer.from(data).toString('latin1');
      return Promise.resolve();
    },
  };
}

export interface FakeIo extends CliIo {
  readonly stdout: FakeOutput;
  readonly stderr: FakeOutput;
  /** What setRaw was told, in order. */
  readonly raw: boolean[];
  /** Whether somebody hears that signal now; it is delivered to them. */
  raise(signal: NodeJS.Signals): boolean;
}

export interface FakeIoOptions {
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly tty?: boolean;
  readonly env?: Record<string, string>;
  readonly home?: string;
  readonly now?: Date;
}

async function* nothing(): AsyncIterable<Uint8Array> {
  // An empty input.
}

/** An outside of the program that a test can look at. */
export function fakeIo(options: FakeIoOptions = {}): FakeIo {
  const { stdin = nothing(), tty = false, env = {}, home = '/nowhere' } = options;
  const raw: boolean[] = [];
  let listeners: [NodeJS.Signals, SignalListener][] = [];
  return {
    stdin: { isTTY: tty, read: () => stdin, setRaw: (on) => void raw.push(on) },
    stdout: fakeOutput(tty),
    stderr: fakeOutput(tty),
    raw,
    env,
    home,
    now: () => options.now ?? new Date('2026-01-31T12:00:00Z'),
    onExit: () => () => undefined,
    signals: {
      take(names, listener) {
        const mine = names.map((name): [NodeJS.Signals, SignalListener] => [name, listener]);
        listeners.push(...mine);
        return {
          [Symbol.dispose]: () => void (listeners = listeners.filter((one) => !mine.includes(one))),
        };
      },
    },
    raise(signal) {
      const heard = listeners.findLast(([name]) => name === signal);
      heard?.[1](signal);
      return heard !== undefined;
    },
  };
}
