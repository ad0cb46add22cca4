import { CancelledError } from '@wharf/core';
import { ExitCode } from '../../format/errors.js';
import type { CliIo } from '../../io/io.js';

const interrupted = 130;

/** Who tells people of an interrupt; the work puts itself in its place while it draws. */
export interface InterruptTeller {
  tell: (text: string) => void;
}

/**
 * Runs work that Ctrl-C cancels; a second one does not wait for it.
 * @throws ExitCode 130 when it was cancelled so
 */
export async function interruptible<T>(
  io: CliIo,
  outer: AbortSignal,
  work: (signal: AbortSignal, teller: InterruptTeller) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const teller: InterruptTeller = { tell: (text) => void io.stderr.write(`${text}\n`) };
  let force = (): void => undefined;
  const forced = new Promise<never>((_resolve, reject) => {
    force = () => reject(new ExitCode(interrupted));
  });
  forced.catch(() => undefined);
  using _taken = io.signals.take(['SIGINT'], () => {
    if (controller.signal.aborted) return force();
    teller.tell('cancelling the build; press Ctrl-C again to leave it at once');
    controller.abort(new CancelledError('interrupted by SIGINT'));
  });
  const running = work(AbortSignal.any([outer, controller.signal]), teller);
  running.catch(() => undefined);
  try {
    return await Promise.race([running, forced]);
  } catch (thrown) {
    throw controller.signal.aborted ? new ExitCode(interrupted) : thrown;
  }
}
