import { escapeControls } from '../../format/escape.js';
import type { CliIo } from '../../io/io.js';

/** How many are named; the rest is counted. */
const most = 5;

/** Remembers what a copy has left out, to be told at its end. */
export function reportSkipped({ stderr }: CliIo) {
  const skipped: string[] = [];
  let more = 0;
  return {
    add: (path: string, what: string): void => {
      if (skipped.length < most) skipped.push(`${escapeControls(path)} (${what})`);
      else more++;
    },
    report: (): void => {
      if (skipped.length === 0) return;
      const rest = more === 0 ? '' : ` and ${more} more`;
      stderr.write(`WARNING: left out, as they cannot be copied: ${skipped.join(', ')}${rest}\n`);
    },
  };
}
