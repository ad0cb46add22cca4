import { SECCOMP_RET_ERRNO } from '@wharf/linux/native';
import { lastKnownCall } from './recent-calls.js';

/** Codes of classic BPF (linux/bpf_common.h) and places in struct seccomp_data (seccomp(2)). */
const loadWord = 0x20;
const jumpEqual = 0x15;
const jumpGreater = 0x25;
const jumpAtLeast = 0x35;
const giveBack = 0x06;
const numberAt = 0;
const machineAt = 4;

/** AUDIT_ARCH_*: the machine itself and the 32-bit one that its kernel runs too. */
const machines: Readonly<Record<string, readonly number[]>> = {
  amd64: [0xc000_003e, 0x4000_0003],
  arm64: [0xc000_00b7, 0x4000_0028],
};
const amd64 = 0xc000_003e;
/** Calls by the x32 interface carry this bit. */
const x32Bit = 0x4000_0000;
/** Numbers from here on are ARM's private ones. */
const firstPrivate = 0x000f_0000;
const enosys = SECCOMP_RET_ERRNO | 38;

export interface PrefixOptions {
  /** Go's name of the machine. */
  readonly architecture: string;
  /** Answers for calls by number that the compiled program does not know. */
  readonly answers: readonly { readonly number: number; readonly action: number }[];
  /** Whether calls newer than the profile answer ENOSYS, so that C libraries fall back on older ones. */
  readonly newerAreMissing: boolean;
  /** Whether x32 calls answer ENOSYS, as on a kernel without them, instead of killing. */
  readonly x32IsMissing: boolean;
}

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, k: number];

/** Instructions to be put before a filter: what they do not answer falls through to it. */
export function seccompPrefix(options: PrefixOptions): Uint8Array {
  const arches = machines[options.architecture];
  if (arches === undefined) return new Uint8Array(0);
  const x32 = options.architecture === 'amd64' && options.x32IsMissing ? forX32() : [];
  const recent = forRecent(options);
  if (recent.length === 0) return encode(x32);
  // The tests of the machine jump to the loading of the number, or past all that follows.
  const machineTests: Instruction[] = arches.map((machine, i) => {
    const isLast = i === arches.length - 1;
    return [jumpEqual, arches.length - 1 - i, isLast ? recent.length : 0, machine];
  });
  return encode([...x32, [loadWord, 0, 0, machineAt], ...machineTests, ...recent]);
}

function forX32(): Instruction[] {
  return [
    [loadWord, 0, 0, machineAt],
    [jumpEqual, 0, 3, amd64],
    [loadWord, 0, 0, numberAt],
    [jumpAtLeast, 0, 1, x32Bit],
    [giveBack, 0, 0, enosys],
  ];
}

function forRecent({ answers, newerAreMissing }: PrefixOptions): Instruction[] {
  const body: Instruction[] = answers.flatMap(({ number, action }): Instruction[] => [
    [jumpEqual, 0, 1, number],
    [giveBack, 0, 0, action],
  ]);
  if (newerAreMissing) body.push([jumpGreater, 0, 1, lastKnownCall], [giveBack, 0, 0, enosys]);
  if (body.length === 0) return [];
  return [[loadWord, 0, 0, numberAt], [jumpAtLeast, body.length, 0, firstPrivate], ...body];
}

function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [i, [code, ifTrue, ifFalse, k]] of program.entries()) {
    bytes.writeUInt16LE(code, i * 8);
    bytes.writeUInt8(ifTrue, i * 8 + 2);
    bytes.writeUInt8(ifFalse, i * 8 + 3);
    bytes.writeUInt32LE(k >>> 0, i * 8 + 4);
  }
  return bytes;
}
