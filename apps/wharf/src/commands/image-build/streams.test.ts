import { mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeTreeDirectory, type BuildFrame, type TreeSource } from '@wharf/core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packCopy } from '../../files/pack.js';
import { collect, drainText, stream } from '../../testing/stream.js';
import { fakeIo } from '../../testing/test-io.js';
import { archiveHead, isArchive } from './archive-kind.js';
import { peek } from './peek.js';
import { Pipe } from './pipe.js';
import { OutputReceiver } from './receive-outputs.js';
import { withoutHidden } from './without-hidden.js';
import { wholeText } from './whole-text.js';

const signal = new AbortController().signal;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wharf-build-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('what comes on standard input', () => {
  test('a tar is known by the sum of its first header, compressed ones by their first bytes', async () => {
    await writeFile(join(directory, 'a'), 'x');
    const source = { path: directory, followLink: false, name: undefined };
    const tar = Buffer.concat(
      await collect(packCopy(source, { signal, skipped: () => undefined })),
    );
    expect(isArchive(tar.subarray(0, archiveHead))).toBe(true);
    expect(isArchive(Buffer.from([...tar.subarray(0, 20), 1, ...tar.subarray(21, 512)]))).toBe(
      false,
    );
    expect(isArchive(Uint8Array.of(0x1f, 0x8b, 8, 0))).toBe(true);
    expect(isArchive(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd))).toBe(true);
    expect(isArchive(Buffer.from('FROM scratch\n'))).toBe(false);
    expect(isArchive(Buffer.alloc(archiveHead))).toBe(false);
    expect(isArchive(Buffer.alloc(0))).toBe(false);
  });

  test('any bytes are one or the other', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        expect(typeof isArchive(bytes)).toBe('boolean');
      }),
    );
  });

  test('a look at the beginning loses nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string()), fc.nat(30), async (texts, count) => {
        const chunks = texts.map((text) => Buffer.from(text));
        const { head, all } = await peek(stream(...chunks), count);
        const whole = Buffer.concat(chunks);
        expect(head.length).toBeGreaterThanOrEqual(Math.min(count, whole.length));
        expect(Buffer.concat(await collect(all))).toEqual(whole);
      }),
    );
  });

  test('a text is in UTF-8', async () => {
    const bad = stream(Uint8Array.of(0xff, 0xfe));
    await expect(wholeText('it', bad, { signal })).rejects.toThrow('it is neither text');
    const long = stream(Buffer.alloc(3 << 20), Buffer.alloc(3 << 20));
    await expect(wholeText('it', long, { signal })).rejects.toThrow('longer');
  });
});

describe('a pipe', () => {
  test('hands over in order and ends', async () => {
    const pipe = new Pipe();
    const read = drainText(pipe);
    for (const text of ['a', '', 'b', 'c']) await pipe.push(Buffer.from(text));
    pipe.end();
    expect(await read).toBe('abc');
  });

  test('fails its reader, and nobody waits for a reader that has gone', async () => {
    const pipe = new Pipe();
    const read = drainText(pipe);
    await pipe.push(Buffer.from('a'));
    pipe.fail(new RangeError('cut off'));
    await expect(read).rejects.toThrow('cut off');
    const other = new Pipe();
    const waiting = other.push(Buffer.from('a'));
    other.stop();
    await waiting;
    await other.push(Buffer.from('b'));
  });
});

describe('outputs', () => {
  async function unpacked(
    frames: readonly Extract<BuildFrame, { readonly kind: 'output' }>[],
    path: string,
  ): Promise<string[]> {
    const warnings: string[] = [];
    const place = { kind: 'directory', path } as const;
    const warn = (text: string): void => void warnings.push(text);
    const receiver = new OutputReceiver(fakeIo(), [place], { signal, warn });
    for (const { index, data, last } of frames) await receiver.take(index, data, last);
    await receiver.finish();
    return warnings;
  }

  test('files are unpacked into a directory, which is made', async () => {
    await mkdir(join(directory, 'from', 'sub'), { recursive: true });
    await writeFile(join(directory, 'from', 'sub', 'a'), 'x');
    await writeFile(join(directory, 'from', 'b'), 'y');
    await symlink('/etc/passwd', join(directory, 'from', 'link'));
    const source = { path: join(directory, 'from'), followLink: false, name: undefined };
    const parts = await collect(packCopy(source, { signal, skipped: () => undefined }));
    const to = join(directory, 'deep', 'to');
    const frames = parts.map((data) => ({ kind: 'output', index: 0, data, last: false }) as const);
    const end = { kind: 'output', index: 0, data: Buffer.alloc(0), last: true } as const;
    await unpacked([...frames, end], to);
    expect(await readFile(join(to, 'sub', 'a'), 'utf8')).toBe('x');
    expect(await readFile(join(to, 'b'), 'utf8')).toBe('y');
    expect(await readlink(join(to, 'link'))).toBe('/etc/passwd');
  });

  test('a cache that cannot be written fails the build, unless its errors are ignored', async () => {
    const path = join(directory, 'file');
    await writeFile(path, '');
    const parts = async (ignoreError: boolean): Promise<readonly string[]> => {
      const warnings: string[] = [];
      const place = { kind: 'layout', path, ignoreError } as const;
      const warn = (text: string): void => void warnings.push(text);
      const receiver = new OutputReceiver(fakeIo(), [place], { signal, warn });
      await receiver.take(0, Buffer.alloc(512), false);
      await receiver.take(0, Buffer.alloc(0), true);
      await receiver.finish();
      return warnings;
    };
    await expect(parts(false)).rejects.toThrow('EEXIST');
    expect(await parts(true)).toEqual([
      expect.stringMatching(/^the cache could not be written to .*file: EEXIST/),
    ]);
  });

  test('one that did not come is missed, but for a cache whose errors are ignored', async () => {
    const place = { kind: 'layout', path: directory, ignoreError: true } as const;
    const options = { signal, warn: () => undefined };
    await new OutputReceiver(fakeIo(), [place], options).finish();
  });

  test('one that did not come is missed', async () => {
    await expect(unpacked([], directory)).rejects.toThrow('without one of its outputs');
  });
});

test('a tree without what is hidden', async () => {
  const digest = (n: number): string => `sha256:${String(n).repeat(64)}`;
  const file = (name: string) =>
    ({ kind: 'file', name, mode: 0o644, digest: digest(1), size: 1 }) as const;
  const documents = new Map([
    [digest(2), [file('Dockerfile')]],
    [digest(3), [file('Dockerfile'), file('keep')]],
    [
      digest(4),
      [
        { kind: 'directory', name: 'both', mode: 0o755, digest: digest(3) } as const,
        { kind: 'directory', name: 'only', mode: 0o755, digest: digest(2) } as const,
        file('z'),
      ],
    ],
  ]);
  const source: TreeSource = {
    async *read(digests) {
      for (const one of digests) {
        const entries = documents.get(one) ?? [];
        const data = Buffer.from(encodeTreeDirectory({ entries }), 'latin1');
        yield await Promise.resolve({ digest: one, data, last: true });
      }
    },
  };
  const whole = { digest: digest(4), source };
  expect(await withoutHidden(whole, [])).toBe(whole);
  const pruned = await withoutHidden(whole, ['both/Dockerfile', 'only/Dockerfile', 'nowhere/x']);
  const [root] = await collect(pruned.source.read([pruned.digest]));
  const text = Buffer.from(root?.data ?? []).toString('latin1');
  expect(text).toMatch(/^d 755 [0-9a-f]{64} both\0f 644 1{64}:1 z\0$/);
  const read = await collect(pruned.source.read([digest(2), pruned.digest, digest(3)]));
  expect(read.map((chunk) => chunk.digest)).toEqual([digest(2), pruned.digest, digest(3)]);
});
