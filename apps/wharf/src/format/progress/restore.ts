const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `restore` when the process ends, also by a signal; a signal that nobody else handles still
 * ends the process. @returns how to withdraw it.
 */
export function restoreOnExit(restore: () => void): () => void {
  const onSignal = (signal: NodeJS.Signals): void => {
    restore();
    withdraw();
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  const withdraw = (): void => {
    process.off('exit', restore);
    for (const signal of signals) process.off(signal, onSignal);
  };
  process.on('exit', restore);
  for (const signal of signals) process.on(signal, onSignal);
  return withdraw;
}
