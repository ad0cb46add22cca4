import { write } from 'node:fs';
import { ExitCode } from '../format/errors.js';
import { writeText } from '../format/output.js';
import { bunInstantOutput, type InstantOutput } from './instant-write.js';
import type { Output } from './io.js';
import { isTerminal } from './is-terminal.js';
import type { TerminalControl } from './terminal-control.js';

/** What a shell shows for a program that SIGPIPE ended: 128 + 13. */
const closedOutput = 141;

/** Bytes from which on it pays to try without a thread. */
const bulk = 16 * 1024;

/** Milliseconds until a full pipe that does not block is tried again. */
const pause = 5;

/** Standard output (1) or error (2) of this process. A reader that has gone is an ExitCode. */
export function processOutput(descriptor: 1 | 2, terminal: () => TerminalControl): Output {
  let instant: InstantOutput | 'none' | undefined;
  return {
    get isTTY() {
      return isTerminal(descriptor);
    },
    get columns() {
      return (isTerminal(descriptor) ? terminal().size(descriptor)?.columns : undefined) ?? 80;
    },
    get rows() {
      return (isTerminal(descriptor) ? terminal().size(descriptor)?.rows : undefined) ?? 24;
    },
    write: (text) => writeText(descriptor, text),
    async send(data) {
      let at = 0;
      if (data.length >= bulk) {
        // A thread for each write costs more than the write; it is for those that have to wait.
        instant ??= opened(descriptor);
        if (instant !== 'none') at = instant.write(descriptor, data);
      }
      while (at < data.length) at += await sendSome(descriptor, data.subarray(at));
    },
  };
}

function opened(descriptor: number): InstantOutput | 'none' {
  const instant = bunInstantOutput();
  instant?.widen(descriptor);
  return instant ?? 'none';
}

/** @returns how many bytes were taken. A blocking write would keep signals and input waiting. */
function sendSome(descriptor: number, data: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    write(descriptor, data, 0, data.length, null, (error, written) => {
      if (error === null) resolve(written);
      else if (error.code === 'EAGAIN') setTimeout(() => resolve(0), pause);
      else if (error.code === 'EINTR') resolve(0);
      else reject(error.code === 'EPIPE' ? new ExitCode(closedOutput) : error);
    });
  });
}
