import type { ReadStream } from 'node:tty';
import type { Input } from './io.js';

/** Wraps `process.stdin`, which is not touched before it is read: a look at it would start reading. */
export function processInput(stdin: () => ReadStream, isTTY: () => boolean): Input {
  return {
    get isTTY() {
      return isTTY();
    },
    async *read() {
      for await (const chunk of stdin()) yield chunk as Uint8Array;
    },
    setRaw(raw) {
      if (isTTY()) stdin().setRawMode(raw);
    },
  };
}
