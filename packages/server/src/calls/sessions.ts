import { InvalidArgumentError, isWharfError } from '@wharf/core';
import type { OutputChunk, StreamSession } from '@wharf/core';

interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** What a caller may send once a session is open; `open` and `start` only came first. */
export type InputFrame =
  | { readonly $case: 'stdin'; readonly value: Uint8Array }
  | { readonly $case: 'stdinClose' }
  | { readonly $case: 'resize'; readonly value: TerminalSize }
  | { readonly $case: 'open' | 'start' };

/**
 * Feeds a session from the caller's frames until the caller sends no more. Input that the process no longer takes
 * is dropped, as a closed pipe would, because its output still matters.
 */
export async function pumpInput(
  session: StreamSession,
  next: () => Promise<InputFrame | undefined>,
  { resize }: { resize(size: TerminalSize): Promise<void> },
): Promise<void> {
  let closed = false;
  let gone = false;
  const deliver = async (write: () => Promise<void>): Promise<void> => {
    try {
      await write();
    } catch (error) {
      if (!isWharfError(error) || error.code === 'internal') throw error;
      gone = true;
    }
  };
  for (let frame = await next(); frame !== undefined; frame = await next()) {
    switch (frame.$case) {
      case 'stdin': {
        const { value } = frame;
        if (closed) throw new InvalidArgumentError('stdin was sent after it was closed');
        if (!gone) await deliver(() => session.write(value));
        break;
      }
      case 'stdinClose':
        if (!closed) await deliver(() => session.closeStdin());
        closed = true;
        break;
      case 'resize':
        await resize(frame.value);
        break;
      case 'open':
      case 'start':
        throw new InvalidArgumentError(`a second ${frame.$case} frame`);
    }
  }
}

/** Sends all output, whose memory `send` needs no longer once it has resolved; a slow caller holds the process back. */
export async function pumpOutput(
  session: StreamSession,
  send: (chunk: OutputChunk) => Promise<void>,
): Promise<void> {
  for await (const chunk of session.output) {
    await send(chunk);
    chunk.release?.();
  }
}

/** Resolves with the output; a failure of the input, or that the caller left, ends it all. */
export async function untilOutputEnds(
  input: Promise<void>,
  output: Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  input.catch(() => undefined);
  output.catch(() => undefined);
  const { promise: left, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    await Promise.race([output, input.then(() => output), left]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
