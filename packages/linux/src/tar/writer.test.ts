import { execFileSync } from 'node:child_process';
import { InvalidArgumentError } from '@wharf/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collect } from './testing/collect.js';
import { gather } from './testing/gather.js';
import type { TarMember } from './writer.js';
import { encodeHeader, writeTar } from './writer.js';

const signal = new AbortController().signal;

const pack = (members: readonly TarMember[]) => gather(writeTar(members, { signal }));

const name = fc
  .uint8Array({ minLength: 1, maxLength: 300 })
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte))));
const path = fc
  .array(name, { minLength: 1, maxLength: 4 })
  .map((parts) => Buffer.concat(parts.flatMap((part) => [Buffer.from('/'), part])).subarray(1));
const id = fc.integer({ min: 0, max: 0xfffffffe });
const mtime = fc.record({
  sec: fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n }),
  nsec: fc.integer({ min: 0, max: 999_999_999 }),
});
const xattrs = fc
  .dictionary(fc.stringMatching(/^user\.[a-z.]{1,20}$/), fc.uint8Array({ maxLength: 40 }))
  .map((values) => new Map(Object.entries(values)));
const common = { path, mode: fc.integer({ min: 0, max: 0o7777 }), uid: id, gid: id, mtime, xattrs };
const anyMember: fc.Arbitrary<TarMember> = fc.oneof(
  fc.record({
    ...common,
    type: fc.constant('file' as const),
    body: fc.uint8Array({ maxLength: 1500 }),
  }),
  fc.record({
    ...common,
    type: fc.constantFrom('symlink' as const, 'hardlink' as const),
    link: path,
  }),
  fc.record({ ...common, type: fc.constantFrom('directory' as const, 'fifo' as const) }),
  fc.record({
    ...common,
    type: fc.constantFrom('character' as const, 'block' as const),
    major: fc.integer({ min: 0, max: 4095 }),
    minor: fc.integer({ min: 0, max: 1048575 }),
  }),
);

const slashed = (member: TarMember) =>
  Buffer.concat([Buffer.from(member.path), Buffer.from(member.type === 'directory' ? '/' : '')]);

describe('writeTar', () => {
  test('what is written is read back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyMember, { maxLength: 5 }), async (members) => {
        const back = collect(await pack(members));
        expect(back.map(({ entry }) => entry.path)).toEqual(members.map(slashed));
        for (const [index, { entry, body }] of back.entries()) {
          const given = members[index];
          expect(entry).toMatchObject({
            type: given?.type,
            mode: given?.mode,
            uid: given?.uid,
            gid: given?.gid,
            mtime: given?.mtime,
            major: given?.major ?? 0,
            minor: given?.minor ?? 0,
          });
          expect(entry.link).toEqual(Buffer.from(given?.link ?? ''));
          expect(body).toEqual(Buffer.from((given?.body as Uint8Array | undefined) ?? []));
          const expected = [...(given?.xattrs ?? [])].map(([key, value]) => [
            key,
            Buffer.from(value),
          ]);
          expect([...entry.xattrs].sort()).toEqual(expected.sort());
        }
      }),
      { numRuns: 200 },
    );
  });

  test('python reads it too', async () => {
    const members = fc.sample(anyMember, { numRuns: 60, seed: 7 });
    const script = `
import sys, tarfile, io, json
t = tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read()), encoding='utf-8', errors='surrogateescape')
print(json.dumps([[m.name.encode('utf-8', 'surrogateescape').hex(), m.mode, m.uid, m.gid, m.size, m.devmajor, m.devminor] for m in t]))`;
    const output = execFileSync('python3', ['-c', script], { input: await pack(members) });
    expect(JSON.parse(String(output))).toEqual(
      members.map((member) => [
        Buffer.from(member.path).toString('hex'),
        member.mode,
        member.uid,
        member.gid,
        (member.body as Uint8Array | undefined)?.length ?? 0,
        member.major ?? 0,
        member.minor ?? 0,
      ]),
    );
  });

  test('plain members need no extended header', () => {
    const long = `${'d'.repeat(120)}/${'f'.repeat(90)}`;
    for (const path of ['a', long]) {
      expect(encodeHeader({ path, type: 'file', mode: 0o644, uid: 2097151 })).toHaveLength(512);
    }
  });

  test('a body may be a stream of the announced length', async () => {
    const body = async function* () {
      yield Buffer.from('ab');
      yield Buffer.from('c');
    };
    const file = { path: 'f', type: 'file', mode: 0o600, size: 3 } as const;
    expect(String(collect(await pack([{ ...file, body: body() }]))[0]?.body)).toBe('abc');
    await expect(pack([{ ...file, size: 4, body: body() }])).rejects.toThrow(InvalidArgumentError);
  });

  test('what cannot be written is refused', () => {
    const base = { path: 'a', type: 'file', mode: 0 } as const;
    expect(() => encodeHeader({ ...base, path: '' })).toThrow(/name/);
    expect(() => encodeHeader({ ...base, path: 'a\0' })).toThrow(/NUL/);
    expect(() => encodeHeader({ ...base, type: 'symlink', link: 'a\0' })).toThrow(/NUL/);
    expect(() => encodeHeader({ ...base, type: 'fifo', size: 1 })).toThrow(/body/);
    expect(() => encodeHeader({ ...base, uid: -1 })).toThrow(/range/);
  });
});
