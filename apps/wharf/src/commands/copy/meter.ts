import { humanSize } from '../../format/units.js';
import type { CliIo } from '../../io/io.js';

/** Milliseconds between two drawings. */
const interval = 100;

/** Counts what a copy moves, and shows it on a terminal. */
export interface CopyMeter {
  count(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  /** The last word: `Successfully copied 2.05kB to web:/tmp`. */
  finish(destination: string): void;
  /** Takes back what was drawn; for a copy that fails. */
  clear(): void;
}

/** @param title docker's: `Copying from container` */
export function copyMeter(
  { stderr }: CliIo,
  { title, quiet }: { readonly title: string; readonly quiet: boolean },
): CopyMeter {
  let bytes = 0;
  let drawn = 0;
  const text = () => humanSize(bytes, 3);
  const draw = (): void => {
    if (quiet || !stderr.isTTY || performance.now() - drawn < interval) return;
    drawn = performance.now();
    stderr.write(`\r\x1b[2K${title} - ${text()}`);
  };
  const clear = (): void => {
    if (drawn > 0) stderr.write('\r\x1b[2K');
    drawn = 0;
  };
  return {
    clear,
    async *count(chunks) {
      for await (const chunk of chunks) {
        bytes += chunk.length;
        draw();
        yield chunk;
      }
    },
    finish(destination) {
      clear();
      if (!quiet) stderr.write(`Successfully copied ${text()} to ${destination}\n`);
    },
  };
}
