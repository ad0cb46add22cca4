import {
  appendFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TreeChunk } from '@wharf/core';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { BuildContext } from './open-context.js';
import { fill, opened, readPiece } from './test-context.js';

const digestOf = (bytes: string | Uint8Array) => `sha256:${hash('sha256', bytes, 'hex')}`;

describe('the source of a build context', () => {
  const tops: string[] = [];
  let dir: string;
  let context: BuildContext;
  const small = 'small';
  const large = Buffer.alloc(5 * 2 ** 20 + 7, 'large');
  beforeEach(async () => {
    const top = mkdtempSync(join(tmpdir(), 'wharf-source-'));
    tops.push(top);
    dir = fill(join(top, 'context'), { 'a/small': small, 'a/large': large, empty: '' });
    context = await opened(dir, join(top, 'cache'));
  });
  afterAll(() => tops.forEach((top) => rmSync(top, { recursive: true })));

  test('gives pieces whole, in the order asked for', async () => {
    const wanted = [digestOf(large), context.digest, digestOf(''), digestOf(small)];
    const chunks: TreeChunk[] = [];
    for await (const chunk of context.source.read(wanted))
      chunks.push({ ...chunk, data: Buffer.from(chunk.data) });
    expect(chunks.filter(({ last }) => last).map(({ digest }) => digest)).toEqual(wanted);
    for (const digest of wanted) {
      const bytes = chunks.filter((chunk) => chunk.digest === digest).map(({ data }) => data);
      expect(digestOf(Buffer.concat(bytes))).toBe(digest);
    }
    expect(Math.max(...chunks.map(({ data }) => data.length))).toBeLessThanOrEqual(1 << 20);
  });

  test('does not have what is not in the tree', async () => {
    const missing = readPiece(context.source, digestOf('elsewhere'));
    await expect(missing).rejects.toMatchObject({ code: 'not-found' });
  });

  const changes: readonly [string, (path: string) => void][] = [
    ['was written to', (path) => appendFileSync(path, 'more')],
    ['was cut', (path) => truncateSync(path, 1)],
    ['was removed', (path) => rmSync(path)],
    [
      'became a link',
      (path) => {
        renameSync(path, `${path}.moved`);
        symlinkSync(`${path}.moved`, path);
      },
    ],
    [
      'became a FIFO',
      (path) => {
        rmSync(path);
        execFileSync('mkfifo', [path]);
      },
    ],
    [
      'has other bytes and the same size and time',
      (path) => {
        writeFileSync(path, path.endsWith('small') ? 'smalL' : Buffer.alloc(large.length, 'L'));
        utimesSync(path, 1, 1);
      },
    ],
  ];
  test.each(changes)('names a file that %s', async (_, change) => {
    for (const [name, content] of [
      ['a/small', small],
      ['a/large', large],
    ] as const) {
      change(join(dir, name));
      await expect(readPiece(context.source, digestOf(content))).rejects.toMatchObject({
        code: 'failed-precondition',
        facts: { path: name },
      });
    }
  });

  test('never says that a large file is whole when it changed on the way', async () => {
    const chunks = context.source.read([digestOf(large)])[Symbol.asyncIterator]();
    const first = await chunks.next();
    expect(first.value).toMatchObject({ last: false });
    writeFileSync(join(dir, 'a/large'), Buffer.alloc(large.length, 'other'));
    const rest = async () => {
      for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
        expect(next.value.last).toBe(false);
      }
    };
    await expect(rest()).rejects.toMatchObject({ code: 'failed-precondition' });
  });
});
