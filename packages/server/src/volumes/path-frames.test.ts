import { describe, expect, test } from 'vitest';
import { allPaths, framesOf, volumeOf } from './path-frames.js';

type Frames = Parameters<typeof framesOf>[0];
type Frame = { $case: string; value: unknown };

function frames(...list: readonly (Frame | undefined)[]) {
  const requests = list.map((frame) => ({ frame }));
  return framesOf(requests[Symbol.iterator]() as unknown as Frames);
}

const volume = { $case: 'volume', value: 'v' };
const paths = (...names: readonly string[]): Frame => ({
  $case: 'paths',
  value: { paths: names.map((name) => Buffer.from(name, 'latin1')) },
});
const data = (text: string): Frame => ({ $case: 'data', value: Buffer.from(text) });

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

describe('paths of a volume in frames', () => {
  test('are all read, in order, and what follows is left for later', async () => {
    const all = frames(volume, paths('a', '\u00ff'), paths('b'), data('1'), data('2'));
    expect(await volumeOf(all)).toBe('v');
    const { paths: named, rest } = await allPaths(all, 'paths');
    expect(named).toEqual(['a', '\u00ff', 'b']);
    expect(await textOf(rest.data())).toBe('12');
  });

  test('may be none', async () => {
    const all = frames(volume);
    await volumeOf(all);
    const { paths: named, rest } = await allPaths(all, 'paths');
    await rest.end();
    expect(named).toEqual([]);
  });

  test('are refused in another order', async () => {
    await expect(volumeOf(frames(paths('a')))).rejects.toThrow('the first frame must be volume');
    await expect(volumeOf(frames(undefined))).rejects.toThrow('a frame is empty');
    const late = await allPaths(frames(data('1'), paths('a')), 'paths');
    await expect(textOf(late.rest.data())).rejects.toThrow('a frame with paths does not belong');
    const more = await allPaths(frames(paths('a'), data('1')), 'paths');
    await expect(more.rest.end()).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  test('are not taken without end', async () => {
    const many = paths(...Array.from({ length: 100_000 }, (_, at) => String(at)));
    const all = frames(...Array.from({ length: 11 }, () => many));
    await expect(allPaths(all, 'paths')).rejects.toMatchObject({ code: 'resource-exhausted' });
  });
});
