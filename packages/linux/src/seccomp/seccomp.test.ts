import { mkdtempDisposableSync, readdirSync, writeFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { loadNative } from '@wharf/linux/native';
import { defaultCapabilities } from '@wharf/oci';
import { createSeccomp } from './seccomp.js';
import { answer } from './testing/answer.js';

const native = loadNative();
const signal = new AbortController().signal;
const kernelVersion = '6.1.0';
const allow = 0x7fff0000;
const errno = (n: number): number => 0x50000 | n;
const x64 = 0xc000003e;
const x86 = 0x40000003;

async function compiled(
  profile = '',
  capabilities: readonly string[] = defaultCapabilities,
): Promise<Buffer> {
  using cache = mkdtempDisposableSync(join(tmpdir(), 'wharf-seccomp-'));
  const port = createSeccomp({ native, cacheDirectory: cache.path, kernelVersion });
  return Buffer.from(await port.compiled(profile, capabilities, { signal }), 'base64');
}

const onX64 = test.runIf(process.arch === 'x64');

onX64('the default profile answers as the posture says', async () => {
  const bpf = await compiled();
  const call = (nr: number, ...args: bigint[]): number => answer(bpf, x64, nr, args);
  expect(call(0)).toBe(allow);
  const denied = {
    mount: 165,
    unshare: 272,
    setns: 308,
    bpf: 321,
    keyctl: 250,
    io_uring_setup: 425,
  };
  for (const [name, nr] of Object.entries(denied))
    expect([name, call(nr)]).toEqual([name, errno(1)]);
  expect(call(435)).toBe(errno(38));
  expect(call(56, 0x01200011n)).toBe(allow);
  expect(call(56, 0x10000011n)).toBe(errno(1));
  expect(call(161)).toBe(allow);
  const families = Array.from({ length: 50 }, (_, family) => family);
  const open = families.filter((family) => call(41, BigInt(family)) === allow);
  expect(open).toEqual([1, 2, 10, 16, 17]);
  expect(families.filter((family) => call(53, BigInt(family)) === allow)).toEqual(open);
  expect(call(135, 0n)).toBe(allow);
  expect(call(135, 0x0040000n)).toBe(errno(1));
});

onX64(
  'calls that the library does not know are answered by number, newer ones as missing',
  async () => {
    const bpf = await compiled();
    for (const arch of [x64, x86]) {
      expect(answer(bpf, arch, 452)).toBe(allow);
      expect(answer(bpf, arch, 462)).toBe(allow);
      expect(answer(bpf, arch, 457)).toBe(errno(1));
      expect(answer(bpf, arch, 470)).toBe(errno(38));
      expect(answer(bpf, arch, 100_000)).toBe(errno(38));
    }
  },
);

onX64('x32 calls are missing, 32-bit calls are judged by their own numbers', async () => {
  const bpf = await compiled();
  expect(answer(bpf, x64, 0x40000000)).toBe(errno(38));
  expect(answer(bpf, x86, 3)).toBe(allow);
  expect(answer(bpf, x86, 102)).toBe(allow);
  expect(answer(bpf, x86, 21)).toBe(errno(1));
  expect(answer(bpf, 0xc0000_00, 0)).toBe(0);
});

onX64('capabilities open their calls', async () => {
  const bpf = await compiled('', [...defaultCapabilities, 'CAP_SYS_ADMIN', 'CAP_SYS_TIME']);
  for (const nr of [165, 272, 308, 435, 457]) expect(answer(bpf, x64, nr)).toBe(allow);
  expect(answer(bpf, x64, 56, [0x10000011n])).toBe(allow);
  expect(answer(bpf, x64, 227)).toBe(allow);
  expect(answer(bpf, x64, 169)).toBe(errno(1));
  const withoutChroot = await compiled('', []);
  expect(answer(withoutChroot, x64, 161)).toBe(errno(1));
});

onX64("a caller's profile is compiled as docker reads it", async () => {
  const profile = {
    defaultAction: 'SCMP_ACT_ALLOW',
    archMap: [
      { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] },
    ],
    syscalls: [
      { names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 28 },
      { name: 'rmdir', action: 'SCMP_ACT_ERRNO', includes: { caps: ['CAP_NET_ADMIN'] } },
      { names: ['unlink'], action: 'SCMP_ACT_ERRNO', includes: { minKernel: '99.0' } },
      { names: ['cachestat'], action: 'SCMP_ACT_ERRNO', errnoRet: 5 },
      { names: ['no_such_call'], action: 'SCMP_ACT_ERRNO' },
    ],
  };
  const bpf = await compiled(JSON.stringify(profile));
  expect(answer(bpf, x64, 83)).toBe(errno(28));
  expect(answer(bpf, x64, 84)).toBe(allow);
  expect(answer(bpf, x64, 87)).toBe(allow);
  expect(answer(bpf, x64, 451)).toBe(errno(5));
  expect(answer(bpf, x64, 1000)).toBe(allow);
  expect(answer(bpf, x64, 0x40000000)).toBe(allow);
});

test('a filter is compiled once, kept on disk, and compiled again when its file is damaged', async () => {
  using cache = mkdtempDisposableSync(join(tmpdir(), 'wharf-seccomp-'));
  let compilations = 0;
  const counting = {
    ...native,
    compileSeccomp: (...args: Parameters<typeof native.compileSeccomp>) => {
      compilations++;
      return native.compileSeccomp(...args);
    },
  };
  const open = () => createSeccomp({ native: counting, cacheDirectory: cache.path, kernelVersion });
  const first = open();
  const [a, b] = await Promise.all([
    first.compiled('', defaultCapabilities, { signal }),
    first.compiled('', defaultCapabilities.toReversed(), { signal }),
  ]);
  expect(a).toBe(b);
  expect(await open().compiled('', defaultCapabilities, { signal })).toBe(a);
  expect(compilations).toBe(1);
  const [file] = readdirSync(cache.path);
  const path = join(cache.path, file ?? '');
  const bytes = readFileSync(path);
  for (const damaged of [bytes.subarray(0, 100), Buffer.alloc(0), flipped(bytes)]) {
    writeFileSync(path, damaged);
    expect(await open().compiled('', defaultCapabilities, { signal })).toBe(a);
  }
  expect(compilations).toBe(4);
  expect(readdirSync(cache.path)).toEqual([file]);
});

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(50) ^ 1, 50);
  return copy;
}

test('a cache that cannot be written changes nothing', async () => {
  const port = createSeccomp({ native, cacheDirectory: '/dev/null/below', kernelVersion });
  expect(await port.compiled('', [], { signal })).not.toBe('');
});
