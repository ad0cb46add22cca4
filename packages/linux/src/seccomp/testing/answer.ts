import { InternalError } from '@wharf/core';

/** What a seccomp filter answers to one system call: the few instructions of classic BPF that seccomp knows, run here. */
export function answer(
  bpf: Uint8Array,
  machine: number,
  nr: number,
  args: readonly bigint[] = [],
): number {
  const code = Buffer.from(bpf);
  const data = seccompData(machine, nr, args);
  let a = 0;
  for (let pc = 0; pc * 8 < code.length; pc++) {
    const [op, k] = [code.readUInt16LE(pc * 8), code.readUInt32LE(pc * 8 + 4)];
    const jump = (taken: boolean): number => code.readUInt8(pc * 8 + (taken ? 2 : 3));
    if (op === 0x20) a = data.readUInt32LE(k);
    else if (op === 0x06) return k;
    else if (op === 0x05) pc += k;
    else if (op === 0x15) pc += jump(a === k);
    else if (op === 0x25) pc += jump(a > k);
    else if (op === 0x35) pc += jump(a >= k);
    else if (op === 0x54) a = (a & k) >>> 0;
    else throw new InternalError(`unknown instruction ${op}`);
  }
  throw new InternalError('the filter has no end');
}

/** struct seccomp_data of seccomp(2). */
function seccompData(machine: number, nr: number, args: readonly bigint[]): Buffer {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(nr >>> 0, 0);
  data.writeUInt32LE(machine, 4);
  for (const [i, arg] of args.entries()) data.writeBigUInt64LE(arg, 16 + 8 * i);
  return data;
}
