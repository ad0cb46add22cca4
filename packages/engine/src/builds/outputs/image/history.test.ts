import { plan, readDockerfile } from '@wharf/dockerfile';
import { expect, test } from 'vitest';
import { hashBytes } from '../../../layers/layers.js';
import { platform } from '../../ops/testing/bench.js';
import { imageHistory } from './history.js';

test('has no password of an address', () => {
  const text =
    'FROM scratch\nADD ["https://a:b@example.org/f", "/"]\nADD https://a:b@example.org/r.git /r';
  const planned = plan(readDockerfile(text), {
    buildPlatform: platform,
    targetPlatform: platform,
    images: new Map(),
  });
  if (planned.kind !== 'plan') throw new RangeError('no plan');
  const layer = hashBytes(Buffer.from('layer'));
  const history = imageHistory({
    plan: planned,
    result: () => ({ kind: 'layers', diffIds: [layer] }),
    ...{ base: [], baseLayers: 0, layers: 1, createdAt: new Date(0) },
  });
  expect(
    history.map(({ createdBy }) => createdBy).filter((line) => line.startsWith('ADD')),
  ).toEqual(['ADD https://example.org/f /', 'ADD https://example.org/r.git /r']);
});
