import type { SignalListener, Signals } from './io.js';

/** The part of `process` that signals come from. */
export interface SignalSource {
  on(name: NodeJS.Signals, listener: SignalListener): unknown;
  off(name: NodeJS.Signals, listener: SignalListener): unknown;
}

export interface InterruptOptions {
  /** The first SIGINT or SIGTERM that nobody has taken. */
  readonly interrupt: (signal: NodeJS.Signals) => void;
  /** The third SIGINT or SIGTERM, whoever has them. */
  readonly force: () => void;
}

const terminating: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];
const patience = 3;

/** Signals of a process, of which SIGINT and SIGTERM interrupt the program unless they are taken. */
export function processSignals(source: SignalSource, options: InterruptOptions): Signals {
  const takers = new Map<NodeJS.Signals, SignalListener[]>();
  let terminations = 0;
  const deliver: SignalListener = (signal) => {
    const listener = takers.get(signal)?.at(-1);
    if (terminating.includes(signal) && ++terminations >= patience) options.force();
    else if (listener !== undefined) listener(signal);
    else if (terminating.includes(signal)) options.interrupt(signal);
  };
  const add = (signal: NodeJS.Signals, listener: SignalListener): void => {
    const listeners = takers.get(signal) ?? [];
    if (listeners.length === 0 && !terminating.includes(signal)) source.on(signal, deliver);
    takers.set(signal, [...listeners, listener]);
  };
  const remove = (signal: NodeJS.Signals, listener: SignalListener): void => {
    const listeners = (takers.get(signal) ?? []).filter((other) => other !== listener);
    takers.set(signal, listeners);
    if (listeners.length === 0 && !terminating.includes(signal)) source.off(signal, deliver);
  };
  for (const signal of terminating) source.on(signal, deliver);
  return {
    take(names, listener) {
      for (const name of names) add(name, listener);
      let taken = true;
      return {
        [Symbol.dispose]() {
          if (taken) for (const name of names) remove(name, listener);
          taken = false;
        },
      };
    },
  };
}
