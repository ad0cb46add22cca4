import { writeSync } from 'node:fs';
import { ExitCode } from './errors.js';

/** What a shell shows for a program that SIGPIPE ended: 128 + 13. */
const closedOutput = 141;

/** Milliseconds to wait for a reader whose pipe is full. */
const pause = 5;

/**
 * Writes all of a text to a descriptor (1 or 2) before it returns, waiting for a slow reader.
 * `process.stdout` does the same in the end, but its first use costs 8 ms of start-up.
 * @throws ExitCode when the reader has gone (EPIPE): `ps | head -1` ends without a word.
 */
export function writeText(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) at += writeSome(descriptor, bytes.subarray(at));
}

function writeSome(descriptor: number, bytes: Uint8Array): number {
  try {
    return writeSync(descriptor, bytes);
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    if (code === 'EAGAIN') {
      // The descriptor is non-blocking because whoever shares it made it so.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
      return 0;
    }
    if (code === 'EINTR') return 0;
    if (code === 'EPIPE') throw new ExitCode(closedOutput);
    throw thrown;
  }
}
