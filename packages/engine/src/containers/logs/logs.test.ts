import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LogQuery } from '@wharf/core';
import { readLog, type ReadLogOptions } from './read.js';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'wharf-logs-'));
  path = join(dir, 'c-json.log');
});
afterEach(() => rm(dir, { recursive: true }));

const all: LogQuery = { stdout: true, stderr: true, follow: false };
const signal = new AbortController().signal;

function line(text: string, second = 0, stream = 'stdout'): string {
  const time = `2026-01-01T00:00:${String(second).padStart(2, '0')}.000000001Z`;
  return `${JSON.stringify({ log: `${text}\n`, stream, time })}\n`;
}

async function read(query: LogQuery, options: ReadLogOptions = { signal }): Promise<string> {
  let text = '';
  for await (const chunk of readLog(path, query, options)) {
    for (const { data } of chunk) text += Buffer.from(data).toString();
  }
  return text.replaceAll('\n', ' ').trim();
}

test('rotated files come first, compressed ones too', async () => {
  await writeFile(`${path}.2.gz`, gzipSync(line('a') + line('b')));
  await writeFile(`${path}.1`, line('c'));
  await writeFile(path, line('d'));
  expect(await read(all)).toBe('a b c d');
});

test.each([
  [0, ''],
  [1, 'd'],
  [2, 'c d'],
  [3, 'b c d'],
  [4, 'a b c d'],
  [99, 'a b c d'],
])('tail %i crosses files', async (tail, expected) => {
  await writeFile(`${path}.2.gz`, gzipSync(line('a') + line('b')));
  await writeFile(`${path}.1`, line('c'));
  await writeFile(path, line('d'));
  expect(await read({ ...all, tail })).toBe(expected);
});

test('tail of a file larger than a block counts its lines', async () => {
  const lines = Array.from({ length: 5000 }, (_, i) => line(`line ${i}`));
  await writeFile(path, lines.join(''));
  expect(await read({ ...all, tail: 2 })).toBe('line 4998 line 4999');
});

test('streams and times select', async () => {
  await writeFile(path, line('a', 1) + line('b', 2, 'stderr') + line('c', 3) + line('d', 4));
  expect(await read({ ...all, stdout: false })).toBe('b');
  const since = new Date('2026-01-01T00:00:02Z');
  const until = new Date('2026-01-01T00:00:03.500Z');
  expect(await read({ ...all, since, until })).toBe('b c');
});

test('bytes that are not text come back exactly', async () => {
  const bytes = Buffer.from([0, 255, 10]);
  const record = {
    log: 'x',
    stream: 'stdout',
    time: '2026-01-01T00:00:00Z',
    b64: bytes.toString('base64'),
  };
  await writeFile(path, `${JSON.stringify(record)}\n`);
  for await (const [first] of readLog(path, all, { signal }))
    expect(Buffer.from(first?.data ?? [])).toEqual(bytes);
});

test('torn and foreign lines are passed over', async () => {
  await writeFile(path, `garbage\n${line('a')}{"log":"torn`);
  expect(await read(all)).toBe('a');
});

test('following sees growth and rotation, each line once, and ends with the container', async () => {
  await writeFile(path, line('a'));
  let over = false;
  let wake: () => void = () => undefined;
  const options: ReadLogOptions = {
    signal: AbortSignal.timeout(5000),
    ended: () => over,
    untilChange: (until) =>
      new Promise((resolve) => {
        wake = resolve;
        until.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
  const text = read({ ...all, follow: true }, options);
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));
  await pause();
  await appendFile(path, line('b'));
  await pause();
  await appendFile(path, line('c'));
  await rename(path, `${path}.1`);
  await writeFile(path, line('d'));
  await rename(`${path}.1`, `${path}.2`);
  await rename(path, `${path}.1`);
  await writeFile(path, line('e'));
  await pause();
  over = true;
  wake();
  expect(await text).toBe('a b c d e');
});

test('a link in place of the log is not followed', async () => {
  const { symlink } = await import('node:fs/promises');
  await writeFile(join(dir, 'secret'), line('secret'));
  await symlink(join(dir, 'secret'), path);
  expect(await read(all)).toBe('');
});
