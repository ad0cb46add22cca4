import { execFileSync } from 'node:child_process';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createArchives } from './archive.js';

const archives = createArchives();
const signal = new AbortController().signal;

function tar(members: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(members).flatMap(([path, body]) => {
    const bytes = Buffer.from(body);
    return [archives.header(path, bytes.length), bytes, archives.padding(bytes.length)];
  });
  return Buffer.concat([...parts, archives.trailer]);
}

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function list(bytes: Buffer, { size = 100, maxMembers = 10 } = {}) {
  const found: [string, string][] = [];
  for await (const events of archives.read(pieces(bytes, size), { signal, maxMembers })) {
    for (const event of events) {
      if (event.kind === 'member') found.push([event.member.path, '']);
      const last = found.at(-1);
      if (event.kind === 'data' && last) last[1] += Buffer.from(event.bytes).toString();
    }
  }
  return found;
}

const members = { 'oci-layout': '{"imageLayoutVersion":"1.0.0"}', b: 'x'.repeat(2000), c: '' };
const archive = tar(members);

describe('an archive', () => {
  test.each([
    ['plain', (bytes: Buffer) => bytes],
    ['gzip', (bytes: Buffer) => gzipSync(bytes)],
    ['zstd', (bytes: Buffer) => zstdCompressSync(bytes)],
    ['xz', (bytes: Buffer) => execFileSync('xz', ['-c'], { input: bytes })],
    ['bzip2', (bytes: Buffer) => execFileSync('bzip2', ['-c'], { input: bytes })],
  ])('is read when it is %s, in pieces of any size', async (_, pack) => {
    for (const size of [1, 511, 1 << 20])
      expect(Object.fromEntries(await list(pack(archive), { size }))).toEqual(members);
  });

  test('is read by GNU tar', () => {
    expect(execFileSync('tar', ['-tf', '-'], { input: archive }).toString()).toBe(
      'oci-layout\nb\nc\n',
    );
  });

  test('is the same whoever writes it, whenever', () => {
    expect(archives.header('blobs/').toString()).toBe(archives.header('blobs/').toString());
    expect(tar(members).equals(archive)).toBe(true);
  });
});

describe('refused', () => {
  test('a truncated one', async () => {
    await expect(list(archive.subarray(0, 700))).rejects.toMatchObject({ code: 'data-loss' });
    await expect(
      list(execFileSync('xz', ['-c'], { input: archive }).subarray(0, 80)),
    ).rejects.toMatchObject({ code: 'data-loss' });
  });

  test('one with too many members', async () => {
    await expect(list(archive, { maxMembers: 2 })).rejects.toMatchObject({
      code: 'resource-exhausted',
    });
  });

  test('a name that is not UTF-8', async () => {
    const bytes = Buffer.from(tar({ 'xy/json': '1' }));
    const other = Buffer.from(tar({ 'xy/json': '1' }));
    other[0] = 0xff;
    const sum = Number.parseInt(bytes.toString('latin1', 148, 154), 8) - 0x78 + 0xff;
    other.write(sum.toString(8).padStart(6, '0'), 148, 'latin1');
    await expect(list(other)).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  test('a bomb', async () => {
    const bomb = zstdCompressSync(
      Buffer.concat([archives.header('b', 96 << 20), Buffer.alloc(96 << 20)]),
    );
    const read = async () => {
      for await (const _ of archives.read(pieces(bomb, 4096), { signal, maxMembers: 10 }));
    };
    await expect(read()).rejects.toMatchObject({ code: 'resource-exhausted' });
  });

  test('what is no archive at all', async () => {
    await expect(list(Buffer.from('hello '.repeat(200)))).rejects.toMatchObject({
      code: 'data-loss',
    });
  });
});
