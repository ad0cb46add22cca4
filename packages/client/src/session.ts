import { toWharfError } from '@wharf/core';
import type { OutputChunk, StreamSession } from '@wharf/core';
import { createHandoff } from './handoff.js';

/** Stdin travels in frames of at most so many bytes, so that other frames get in between. */
const stdinFrameBytes = 256 * 1024;

/** What a session can receive, whichever call carries it. */
export type SessionFrame =
  | { readonly $case: 'stdout' | 'stderr'; readonly value: Uint8Array }
  | { readonly $case: 'end' | 'exited' | 'other' };

export interface SessionWire {
  /** The next frame; undefined when the call has ended. */
  next(): Promise<SessionFrame | undefined>;
  stdin(data: Uint8Array): Promise<void>;
  closeStdin(): Promise<void>;
  leave(): void;
}

/**
 * The streams of a remote process. Frames are read as they come, so that its end is noticed even when nobody reads
 * its output; output that nobody takes holds the process back.
 */
export function openSession(wire: SessionWire): StreamSession & { readonly done: Promise<void> } {
  const output = createHandoff<OutputChunk>();
  let left = false;
  const receive = async (): Promise<void> => {
    for (let frame = await wire.next(); frame !== undefined; frame = await wire.next()) {
      if (frame.$case === 'stdout' || frame.$case === 'stderr') {
        await output.put({ stream: frame.$case, data: frame.value });
      }
    }
  };
  const done = receive().then(
    () => output.end(),
    (error: unknown) => {
      output.end(left ? undefined : toWharfError(error));
      throw error;
    },
  );
  done.catch(() => undefined);
  return {
    output,
    done,
    async write(data) {
      for (let at = 0; at < data.length; at += stdinFrameBytes) {
        await wire.stdin(data.subarray(at, at + stdinFrameBytes));
      }
    },
    closeStdin: () => wire.closeStdin(),
    close() {
      left = true;
      wire.leave();
      output.end();
      return Promise.resolve();
    },
  };
}
