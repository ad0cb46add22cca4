import type { Input } from './io.js';
import { isTerminal } from './is-terminal.js';
import type { TerminalControl } from './terminal-control.js';

/** Standard input, which is not touched before it is read: a look at `process.stdin` would start reading. */
export function processInput(terminal: () => TerminalControl): Input {
  let restore: (() => void) | undefined;
  return {
    get isTTY() {
      return isTerminal(0);
    },
    async *read() {
      for await (const chunk of process.stdin) yield chunk as Uint8Array;
    },
    setRaw(raw) {
      if (raw && isTerminal(0)) restore ??= terminal().makeRaw();
      else if (!raw) {
        restore?.();
        restore = undefined;
      }
    },
  };
}
