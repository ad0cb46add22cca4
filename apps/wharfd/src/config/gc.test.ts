import { expect, test } from 'vitest';
import { gcPolicy, gcSchema } from './gc.js';

test('sizes, percent and durations are read', () => {
  const settings = gcSchema.parse({
    'max-used': '20GB',
    'min-free': '10%',
    keep: 2,
    until: '168h',
  });
  expect(gcPolicy(settings)).toEqual({
    maxUsed: 20e9,
    minFree: { percent: 10 },
    keep: 2,
    untilMs: 168 * 3_600_000,
  });
  expect(gcPolicy(gcSchema.parse({ 'min-free': '5gb' }))).toEqual({ minFree: 5e9 });
});

test('without a limit there is no policy', () => {
  expect(gcPolicy()).toBeUndefined();
  expect(gcPolicy({ keep: 3, until: '1h' })).toBeUndefined();
});

test.each([
  { 'max-used': 'much' },
  { 'min-free': '100%' },
  { until: 'soon' },
  { keep: -1 },
  { max: 1 },
])('%j is refused', (settings) => {
  expect(gcSchema.safeParse(settings).success).toBe(false);
});
