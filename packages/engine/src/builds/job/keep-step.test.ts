import { digestOf, type Digest } from '@wharf/oci';
import { expect, test } from 'vitest';
import type { Claim } from '../../images/claims.js';
import type { FailedStep } from '../executor.js';
import { keepStep } from './keep-step.js';

test('a kept step claims its layers before the build lets go of them, and until it is dropped', async () => {
  const layers: readonly Digest[] = [digestOf('sha256', 'a'.repeat(64))];
  const told: string[] = [];
  const held = Promise.withResolvers<void>();
  const claim: Claim = {
    hold: async (digests) => {
      await held.promise;
      told.push(`held ${digests.length}`);
    },
    fulfil: () => undefined,
    abandon: () => void told.push('let go'),
    [Symbol.dispose]: () => undefined,
  };
  let kept: FailedStep | undefined;
  const ends = new AsyncDisposableStack();
  ends.defer(() => void told.push('the build is over'));
  const step: FailedStep = {
    layers,
    open: () => Promise.reject(new RangeError('nobody looks')),
    [Symbol.asyncDispose]: () => Promise.resolve(void told.push('files removed')),
  };
  const context = {
    claims: { openOnce: () => claim },
    keepFailed: (_: string, one: FailedStep) => void (kept = one),
  };
  keepStep(context, { id: 'b', ends }, step);
  held.resolve();
  await ends.disposeAsync();
  await kept?.[Symbol.asyncDispose]();
  expect(told).toEqual(['held 1', 'the build is over', 'files removed', 'let go']);
});
