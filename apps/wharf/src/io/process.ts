import { homedir } from 'node:os';
import { isatty } from 'node:tty';
import { processInput } from './input.js';
import type { CliIo } from './io.js';
import { processOutput } from './output.js';
import { processSignals, type InterruptOptions } from './signals.js';

/** The real outside of this process. */
export function processIo(options: InterruptOptions): CliIo {
  const restores = new Set<() => void>();
  process.on('exit', () => {
    for (const restore of restores) restore();
  });
  return {
    stdin: processInput(
      () => process.stdin,
      () => isatty(0),
    ),
    stdout: processOutput(1, () => process.stdout),
    stderr: processOutput(2, () => process.stderr),
    signals: processSignals(process, options),
    env: process.env,
    get home() {
      return process.env['HOME'] ?? homedir();
    },
    now: () => new Date(),
    onExit(restore) {
      restores.add(restore);
      return () => restores.delete(restore);
    },
  };
}
