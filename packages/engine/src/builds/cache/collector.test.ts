import { expect, test } from 'vitest';
import type { LayerInfo } from '../../layers/layers.js';
import { framesOf, openWorkshop, specOf } from '../testing/workshop.js';
import { defaultBuildGcPolicy } from './gc-policy.js';

const options = { signal: AbortSignal.timeout(30_000) };

test('the oldest records go when a build has ended, until the policy is kept', async () => {
  await using shop = await openWorkshop({
    policy: { ...defaultBuildGcPolicy, maxUsed: 25 },
    layers: { find: () => ({ size: 10 }) as LayerInfo, directories: () => [] },
    settleMs: 1,
  });
  for (const word of ['one', 'two', 'three', 'four'])
    await framesOf(shop.builds.build(specOf(`FROM scratch\nRUN ${word}`), options));
  await expect
    .poll(async () => (await shop.builds.cache(options)).map(({ description }) => description))
    .toEqual(['[1/1] RUN four', '[1/1] RUN three']);
});
