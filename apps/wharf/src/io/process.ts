import { homedir } from 'node:os';
import { processInput } from './input.js';
import type { CliIo } from './io.js';
import { processOutput } from './output.js';
import { terminalControl, type TerminalControl } from './terminal-control.js';
import { processSignals, type InterruptOptions } from './signals.js';

/** The real outside of this process. */
export function processIo(options: InterruptOptions): CliIo {
  let control: TerminalControl | undefined;
  const terminal = (): TerminalControl => (control ??= terminalControl());
  const restores = new Set<() => void>();
  process.on('exit', () => {
    for (const restore of restores) restore();
  });
  return {
    stdin: processInput(terminal),
    stdout: processOutput(1, terminal),
    stderr: processOutput(2, terminal),
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
