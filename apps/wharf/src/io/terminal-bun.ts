import type { TerminalControl } from './terminal-control.js';

/** The part of bun:ffi that is used. */
interface Ffi {
  dlopen(name: string, symbols: Record<string, unknown>): { readonly symbols: Libc };
}

interface Libc {
  tcgetattr(fd: number, termios: Uint8Array): number;
  tcsetattr(fd: number, when: number, termios: Uint8Array): number;
  cfmakeraw(termios: Uint8Array): void;
  ioctl(fd: number, request: number, argument: Uint16Array): number;
}

/** struct termios has 60 bytes with glibc. */
const termiosBytes = 64;
const afterOutput = 1; // TCSADRAIN
const getWindowSize = 0x5413; // TIOCGWINSZ of Linux on x86 and ARM

const signatures = {
  tcgetattr: { args: ['i32', 'ptr'], returns: 'i32' },
  tcsetattr: { args: ['i32', 'i32', 'ptr'], returns: 'i32' },
  cfmakeraw: { args: ['ptr'], returns: 'void' },
  ioctl: { args: ['i32', 'u64', 'ptr'], returns: 'i32' },
};

/** termios(3) of libc, through Bun; undefined on other runtimes and where there is no glibc. */
export function bunTerminal(): TerminalControl | undefined {
  if (process.versions['bun'] === undefined) return undefined;
  const libc = openLibc();
  return libc === undefined
    ? undefined
    : { makeRaw: () => makeRaw(libc), size: (fd) => sizeOf(libc, fd) };
}

function openLibc(): Libc | undefined {
  try {
    const ffi = process.getBuiltinModule('bun:ffi') as unknown as Ffi;
    return ffi.dlopen('libc.so.6', signatures).symbols;
  } catch {
    return undefined;
  }
}

function makeRaw(libc: Libc): () => void {
  const saved = new Uint8Array(termiosBytes);
  if (libc.tcgetattr(0, saved) !== 0) return () => undefined;
  const raw = Uint8Array.from(saved);
  libc.cfmakeraw(raw);
  libc.tcsetattr(0, afterOutput, raw);
  return () => void libc.tcsetattr(0, afterOutput, saved);
}

function sizeOf(libc: Libc, fd: number) {
  const size = new Uint16Array(4);
  if (libc.ioctl(fd, getWindowSize, size) !== 0) return undefined;
  const [rows = 0, columns = 0] = size;
  return rows > 0 && columns > 0 ? { rows, columns } : undefined;
}
