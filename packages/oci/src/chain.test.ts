import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { chainId, chainIds } from './chain.js';
import { digestOf } from './digest.js';

const hash = (bytes: Uint8Array) =>
  digestOf('sha256', createHash('sha256').update(bytes).digest('hex'));
const layers = ['a', 'b', 'c'].map((text) => hash(new TextEncoder().encode(text)));

test('each chain id is the hash of the one below, a blank and the diff id', () => {
  const [a, b, c] = chainIds(layers, hash);
  expect(a).toBe(layers[0]);
  expect(b).toBe(hash(new TextEncoder().encode(`${layers[0]} ${layers[1]}`)));
  expect(c).toBe(hash(new TextEncoder().encode(`${b} ${layers[2]}`)));
  expect(chainId(layers, hash)).toBe(c);
});

test('an image without layers has no chain id', () => {
  expect(chainId([], hash)).toBeUndefined();
});
