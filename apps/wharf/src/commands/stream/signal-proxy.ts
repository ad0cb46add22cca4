import type { CliIo } from '../../io/io.js';

/**
 * All that can be caught, but those that are about this program itself: SIGCHLD, SIGPIPE, SIGURG, and
 * the faults.
 */
export const forwarded: readonly NodeJS.Signals[] = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGTERM',
  'SIGCONT',
  'SIGTSTP',
  'SIGWINCH',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGVTALRM',
  'SIGIO',
  'SIGPWR',
];

export interface SignalProxy extends Disposable {
  /** The container runs: what has come so far, and what comes from now on, is sent to it. */
  release(): void;
}

/**
 * Sends signals that this program gets to a container, in their order. Those that come before the
 * container runs wait for it. One that cannot be sent is lost: its container has ended.
 */
export function proxySignals(
  io: CliIo,
  kill: (signal: NodeJS.Signals) => Promise<unknown>,
): SignalProxy {
  let release = (): void => undefined;
  let last = new Promise<void>((resolve) => (release = resolve));
  const taken = io.signals.take(forwarded, (signal) => {
    last = last
      .then(() => kill(signal))
      .then(
        () => undefined,
        () => undefined,
      );
  });
  return { release: () => release(), [Symbol.dispose]: () => taken[Symbol.dispose]() };
}
