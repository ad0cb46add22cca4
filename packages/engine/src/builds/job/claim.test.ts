import { parseDigest, type Digest } from '@wharf/oci';
import { expect, test } from 'vitest';
import type { Claim } from '../../images/claims.js';
import { claimOnce } from './claim.js';

const digest = (letter: string): Digest => parseDigest(`sha256:${letter.repeat(64)}`);
const [a, b, c] = ['a', 'b', 'c'].map(digest) as [Digest, Digest, Digest];
const options = { signal: new AbortController().signal };

function claimThat(hold: Claim['hold']): Claim {
  const nothing = (): void => undefined;
  return claimOnce({ hold, fulfil: nothing, abandon: nothing, [Symbol.dispose]: nothing });
}

test('a digest is claimed once, and who asks again waits for that', async () => {
  const asked: (readonly Digest[])[] = [];
  const gate = Promise.withResolvers<void>();
  const claim = claimThat((digests) => {
    asked.push(digests);
    return gate.promise;
  });
  const first = claim.hold([a, b], options);
  let over = false;
  const second = claim.hold([b, a], options).then(() => (over = true));
  const third = claim.hold([b, c], options);
  await Promise.resolve();
  expect(over).toBe(false);
  gate.resolve();
  await Promise.all([first, second, third]);
  expect(asked).toEqual([[a, b], [c]]);
});

test('what could not be claimed is asked for again', async () => {
  let tries = 0;
  const claim = claimThat(() =>
    tries++ === 0 ? Promise.reject(new RangeError('full')) : Promise.resolve(),
  );
  await expect(claim.hold([a], options)).rejects.toThrow('full');
  await claim.hold([a], options);
  expect(tries).toBe(2);
});
