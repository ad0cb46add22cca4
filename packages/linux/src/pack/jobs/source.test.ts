import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bounded } from './source.js';

const mebibyte = 1 << 20;

async function* zeroes(chunks: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < chunks; at++) yield await Promise.resolve(Buffer.alloc(mebibyte));
}

async function drain(source: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0;
  for await (const chunk of source) bytes += chunk.length;
  return bytes;
}

test('a stream that no honest compression gives is refused by what it came from', async () => {
  expect(await drain(bounded(zeroes(64), 10, undefined))).toBe(64 * mebibyte);
  const failure = drain(bounded(zeroes(65), 10, undefined));
  await expect(failure).rejects.toMatchObject({
    code: 'resource-exhausted',
    message: expect.stringMatching(/is the limit for 10 compressed bytes$/) as string,
  });
});

test.runIf(process.getuid?.() === 0)('a full disk is told as one', async () => {
  const small = mkdtempSync(join(tmpdir(), 'wharf-source-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=66m', 'small', small]);
  try {
    await expect(drain(bounded(zeroes(3), mebibyte, join(small, 'x')))).rejects.toMatchObject({
      code: 'resource-exhausted',
      message: expect.stringMatching(/^no space left for the archive: /) as string,
      facts: { errno: 'ENOSPC' },
    });
  } finally {
    execFileSync('umount', [small]);
    rmSync(small, { recursive: true });
  }
});
