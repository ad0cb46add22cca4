/** For a descriptor that much is written to. */
export interface InstantOutput {
  /** Lets a pipe hold as much as the kernel gives to everybody: the reader is woken less often. */
  widen(descriptor: number): void;
  readonly write: InstantWrite;
}

/** Writes what the descriptor takes at once, without waiting. @returns how many bytes; 0 when it takes none now. */
export type InstantWrite = (descriptor: number, data: Uint8Array) => number;

/** The part of bun:ffi that is used. */
interface Ffi {
  dlopen(name: string, symbols: Record<string, unknown>): { readonly symbols: Libc };
  ptr(bytes: Uint8Array): number;
}

interface Libc {
  pwritev2(fd: number, vector: BigUint64Array, count: number, at: bigint, flags: number): bigint;
  fcntl(fd: number, command: number, value: number): number;
}

const noWait = 8; // RWF_NOWAIT
const setPipeSize = 1031; // F_SETPIPE_SZ
const widePipe = 1024 * 1024;

/**
 * pwritev2(2) with RWF_NOWAIT of libc, through Bun: like O_NONBLOCK, but for this one write, where the descriptor's flag
 * would be everybody's who shares it. Undefined on other runtimes and where there is no glibc; takes nothing where the
 * kernel cannot do it (a terminal).
 */
export function bunInstantOutput(): InstantOutput | undefined {
  if (process.versions['bun'] === undefined) return undefined;
  try {
    const { dlopen, ptr } = process.getBuiltinModule('bun:ffi') as unknown as Ffi;
    const { pwritev2, fcntl } = dlopen('libc.so.6', {
      pwritev2: { args: ['i32', 'ptr', 'i32', 'i64', 'i32'], returns: 'i64' },
      fcntl: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
    }).symbols;
    const vector = new BigUint64Array(2);
    return {
      widen: (descriptor) => void fcntl(descriptor, setPipeSize, widePipe),
      write(descriptor, data) {
        vector[0] = BigInt(ptr(data));
        vector[1] = BigInt(data.length);
        return Math.max(0, Number(pwritev2(descriptor, vector, 1, -1n, noWait)));
      },
    };
  } catch {
    return undefined;
  }
}
