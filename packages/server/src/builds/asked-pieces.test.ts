import { describe, expect, test } from 'vitest';
import { askedPieces } from './asked-pieces.js';
import type { PieceRequests } from './asked-pieces.js';

type Frame = { readonly $case: string; readonly value: unknown } | undefined;

const data = (text: string): Frame => ({ $case: 'data', value: Buffer.from(text) });
const ends = (...offsets: readonly number[]): Frame => ({ $case: 'ends', value: { offsets } });

function read(digests: readonly string[], ...frames: readonly Frame[]): Promise<string[]> {
  return readWith([digests], frames, () => Promise.resolve());
}

async function readWith(
  questions: readonly (readonly string[])[],
  frames: readonly Frame[],
  ask: (digests: string[]) => Promise<void>,
): Promise<string[]> {
  const requests = frames.map((frame) => ({ frame }));
  const source = askedPieces(requests[Symbol.iterator]() as unknown as PieceRequests, ask);
  const all: string[] = [];
  for (const digests of questions) {
    for await (const { digest, data: bytes, last } of source.read(digests)) {
      all.push(`${digest}=${Buffer.from(bytes).toString()}${last ? '.' : ''}`);
    }
  }
  return all;
}

describe('pieces that were asked for', () => {
  test('may share a message, and one may take several', async () => {
    const got = await read(['a', 'b', 'c'], ends(1, 1), data('1x'), data('y'), ends(1), data('z'));
    expect(got).toEqual(['a=1.', 'b=.', 'c=x', 'c=y', 'c=z.']);
  });

  test('are asked for in questions of a bounded size, one ahead of the answers', async () => {
    const digests = Array.from({ length: 5000 }, (_, at) => String(at));
    const asked: number[] = [];
    const frames = digests.flatMap(() => [ends(0), data('')]);
    const got = await readWith([digests, ['x']], [...frames, ends(1), data('!')], (some) => {
      asked.push(some.length);
      return Promise.resolve();
    });
    expect(got).toHaveLength(5001);
    expect(asked).toEqual([2048, 2048, 904, 1]);
  });

  test.each([
    ['no frame', [undefined]],
    ['a second root', [{ $case: 'root', value: 'x' }]],
    ['ends beyond the bytes', [ends(2), data('1')]],
    ['ends that go back', [ends(2, 1), data('12')]],
    ['ends twice', [ends(1), ends(1), data('1')]],
    ['an end of the call in the middle', [data('1')]],
  ])('are refused with %s', async (_, frames) => {
    await expect(read(['a', 'b'], ...frames)).rejects.toMatchObject({ code: 'invalid-argument' });
  });
});
