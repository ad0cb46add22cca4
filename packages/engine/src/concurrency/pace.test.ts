import { expect, test } from 'vitest';
import { Pace } from './pace.js';

test('others have their turn while work goes on without waiting', async () => {
  const pace = new Pace();
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const end = performance.now() + 200;
  while (performance.now() < end) await pace.keep();
  clearInterval(timer);
  expect(turns).toBeGreaterThan(3);
});
