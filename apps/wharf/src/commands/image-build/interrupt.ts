import { CancelledError } from '@wharf/core';
import { ExitCode } from '../../format/errors.js';
import type { CliIo } from '../../io/io.js';

const interrupted = 130;

/**
 * Runs work that Ctrl-C cancels; a second one does not wait for it.
 * @throws ExitCode 130 when it was cancelled so
 */
export async function interruptible<T>(
  io: CliIo,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let force = (): void => undefined;
  const forced = new Promise<never>((_resolve, reject) => {
    force = () => reject(new ExitCode(interrupted));
  });
  forced.catch(() => undefined);
  using _taken = io.signals.take(['SIGINT'], () => {
    if (controller.signal.aborted) return force();
    io.stderr.write('cancelling the build; press Ctrl-C again to leave it at once\n');
    controller.abort(new CancelledError('interrupted by SIGINT'));
  });
  const running = work(AbortSignal.any([outer, controller.signal]));
  running.catch(() => undefined);
  try {
    return await Promise.race([running, forced]);
  } catch (thrown) {
    throw controller.signal.aborted ? new ExitCode(interrupted) : thrown;
  }
}
