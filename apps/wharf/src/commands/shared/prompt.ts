import { CancelledError } from '@wharf/core';
import type { CliIo } from '../../io/io.js';
import { rawInput } from '../stream/terminal.js';

/** Reads what is typed or piped, a line at a time. Standard input can have one such reader. */
export interface LineReader {
  /** The next line without its end; undefined after the last. */
  line(): Promise<string | undefined>;
  /** The same from a terminal, without showing it. */
  hiddenLine(): Promise<string | undefined>;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const interrupt = 0x03;
const endOfFile = 0x04;
const backspaces = [0x08, 0x7f];
const eraseLine = 0x15;

/** Longest line that anybody is asked for. */
const maxLine = 64 * 1024;

export function lineReader(io: CliIo, { signal }: { readonly signal: AbortSignal }): LineReader {
  const chunks = io.stdin.read()[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  aborted.catch(() => undefined);
  const more = async (): Promise<Buffer | undefined> => {
    const { done, value } = await Promise.race([chunks.next(), aborted]);
    return done === true ? undefined : Buffer.from(value);
  };
  const take = (end: number, next: number): Buffer => {
    const line = rest.subarray(0, end);
    rest = rest.subarray(next);
    return line;
  };
  const line: LineReader['line'] = async () => {
    for (;;) {
      const at = rest.indexOf(lineFeed);
      if (at >= 0) return withoutReturn(take(at, at + 1)).toString('utf8');
      const chunk = rest.length > maxLine ? undefined : await more();
      if (chunk === undefined) {
        return rest.length === 0 ? undefined : take(rest.length, rest.length).toString('utf8');
      }
      rest = Buffer.concat([rest, chunk]);
    }
  };
  return {
    line,
    async hiddenLine() {
      using _raw = rawInput(io);
      const typed: number[] = [];
      for (;;) {
        for (const [at, byte] of rest.entries()) {
          if (byte === interrupt) throw new CancelledError('interrupted');
          const ended = byte === lineFeed || byte === carriageReturn;
          if (ended || (byte === endOfFile && typed.length === 0)) {
            rest = rest.subarray(at + 1);
            return ended ? Buffer.from(typed).toString('utf8') : undefined;
          }
          if (backspaces.includes(byte)) eraseCharacter(typed);
          else if (byte === eraseLine) typed.length = 0;
          else if (typed.length < maxLine) typed.push(byte);
        }
        const chunk = await more();
        if (chunk === undefined) return undefined;
        rest = chunk;
      }
    },
  };
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === carriageReturn ? line.subarray(0, -1) : line;
}

/** All bytes of the last character: those of UTF-8 that continue one begin with the bits 10. */
function eraseCharacter(typed: number[]): void {
  while (((typed.pop() ?? 0) & 0xc0) === 0x80);
}
