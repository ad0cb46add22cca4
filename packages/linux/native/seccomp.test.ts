import { execFileSync } from 'node:child_process';
import { endianness } from 'node:os';
import { expect, test } from 'vitest';
import * as c from './constants.js';
import { buildAndLoad, programOf } from './fixture.js';
import type { SeccompRule } from './types.js';

const native = buildAndLoad();
const denied = c.SECCOMP_RET_ERRNO | 1;
const archX64 = 0xc000003e;
const archX86 = 0x40000003;

/** The answer of a filter to one system call: the few instructions of classic BPF that seccomp knows. */
function answer(bpf: Uint8Array, arch: number, nr: number, args: readonly bigint[] = []): number {
  const code = Buffer.from(bpf);
  const data = Buffer.alloc(64);
  data.writeInt32LE(nr, 0);
  data.writeUInt32LE(arch, 4);
  for (const [i, arg] of args.entries()) data.writeBigUInt64LE(arg, 16 + 8 * i);
  let a = 0;
  for (let pc = 0; ; pc++) {
    const [op, jt, jf] = [code.readUInt16LE(pc * 8), code[pc * 8 + 2], code[pc * 8 + 3]];
    const k = code.readUInt32LE(pc * 8 + 4);
    const jump = (taken: boolean): number => (taken ? (jt ?? 0) : (jf ?? 0));
    if (op === 0x20) a = data.readUInt32LE(k);
    else if (op === 0x06) return k;
    else if (op === 0x05) pc += k;
    else if (op === 0x15) pc += jump(a === k);
    else if (op === 0x25) pc += jump(a > k);
    else if (op === 0x35) pc += jump(a >= k);
    else if (op === 0x54) a = (a & k) >>> 0;
    else expect.fail(`unknown instruction ${op}`);
  }
}

const rules: SeccompRule[] = [
  { names: ['read', 'write', 'no_such_call'], action: c.SECCOMP_RET_ALLOW },
  {
    names: ['clone'],
    action: c.SECCOMP_RET_ALLOW,
    args: [{ index: 0, op: 'masked-eq', value: 0x7e020000n, valueTwo: 0n }],
  },
  { names: ['clone3'], action: c.SECCOMP_RET_ERRNO | 38 },
  { names: ['ptrace'], action: denied },
  {
    names: ['socket'],
    action: c.SECCOMP_RET_ALLOW,
    args: [
      { index: 0, op: 'eq', value: 1n },
      { index: 0, op: 'eq', value: 2n },
    ],
  },
];

test.runIf(process.arch === 'x64' && endianness() === 'LE')(
  'a compiled profile answers as its rules say, for each architecture',
  async () => {
    const names = ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'x32'];
    const { bpf, unknown } = await native.compileSeccomp(denied, names, rules);
    expect(unknown).toEqual(['no_such_call']);
    const x64 = (nr: number, ...args: bigint[]): number => answer(bpf, archX64, nr, args);
    expect(x64(0)).toBe(c.SECCOMP_RET_ALLOW);
    expect(x64(2)).toBe(denied);
    expect(x64(56, 0x11n)).toBe(c.SECCOMP_RET_ALLOW);
    expect(x64(56, 0x10000011n)).toBe(denied);
    expect(x64(435)).toBe(c.SECCOMP_RET_ERRNO | 38);
    expect(x64(101)).toBe(denied);
    expect([x64(41, 1n), x64(41, 2n), x64(41, 38n)]).toEqual([
      c.SECCOMP_RET_ALLOW,
      c.SECCOMP_RET_ALLOW,
      denied,
    ]);
    expect(x64(0x40000000)).toBe(c.SECCOMP_RET_ALLOW);
    expect(answer(bpf, archX86, 3)).toBe(c.SECCOMP_RET_ALLOW);
    expect(answer(bpf, archX86, 11)).toBe(denied);
    expect(answer(bpf, 0x12345678, 0)).toBe(c.SECCOMP_RET_KILL_THREAD);
  },
);

test('profiles are compiled side by side', async () => {
  const jobs = Array.from({ length: 8 }, () => native.compileSeccomp(denied, [], rules));
  const lengths = (await Promise.all(jobs)).map(({ bpf }) => bpf.length);
  expect(new Set(lengths).size).toBe(1);
});

test('wrong profiles are refused', async () => {
  const compile = (architectures: string[], more: readonly SeccompRule[]): Promise<unknown> =>
    native.compileSeccomp(denied, architectures, more);
  await expect(compile(['SCMP_ARCH_PDP11'], [])).rejects.toMatchObject({ code: 'EINVAL' });
  const args = [{ index: 6, op: 'eq' as const, value: 0n }];
  const wrong = [{ names: ['read'], action: c.SECCOMP_RET_ALLOW, args }];
  expect(() => compile([], wrong)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
});

test('a missing library is ENOENT', () => {
  const program = programOf('/', ({ native }) =>
    native.compileSeccomp(0, [], []).then(
      () => 'compiled',
      (error: unknown) => (error as NodeJS.ErrnoException).code,
    ),
  );
  const hide =
    'for f in $(ldconfig -p | sed -n "s/.*libseccomp.so.2.* => //p"); do mount --bind /dev/null $f; done; exec "$0" -e "$1"';
  const argv = ['-m', 'sh', '-c', hide, process.execPath, program];
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
  expect(execFileSync('unshare', argv, { encoding: 'utf8', env })).toBe('"ENOENT"');
});
