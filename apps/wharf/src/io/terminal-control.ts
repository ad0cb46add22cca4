import { bunTerminal } from './terminal-bun.js';

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** The terminal of this process. */
export interface TerminalControl {
  /** Passes every byte through, in and out, as cfmakeraw(3) has it; the result undoes it. */
  makeRaw(): () => void;
  /** Undefined where the descriptor is no terminal or its size is not known. */
  size(fd: 1 | 2): TerminalSize | undefined;
}

export function terminalControl(): TerminalControl {
  return bunTerminal() ?? { makeRaw: makeRawByStty, size: sizeOfStream };
}

/** `setRawMode` leaves the output processed (each line feed gets a carriage return), which breaks programs that draw. */
function makeRawByStty(): () => void {
  const saved = stty('-g').trim();
  if (saved !== '') {
    stty('raw', '-echo');
    return () => void stty(saved);
  }
  process.stdin.setRawMode(true);
  return () => void process.stdin.setRawMode(false);
}

function stty(...args: string[]): string {
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { stdout } = spawnSync('stty', args, { stdio: ['inherit', 'pipe', 'ignore'] });
  return stdout?.toString() ?? '';
}

function sizeOfStream(fd: 1 | 2): TerminalSize | undefined {
  const { rows, columns } = fd === 1 ? process.stdout : process.stderr;
  return rows > 0 && columns > 0 ? { rows, columns } : undefined;
}
