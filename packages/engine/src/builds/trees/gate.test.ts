import { expect, test } from 'vitest';
import { TreeGate } from './gate.js';

test('a sweep is alone unless somebody writes, and who comes meanwhile waits for it', async () => {
  const gate = new TreeGate();
  const writer = await gate.enter();
  expect(await gate.sweep((alone) => Promise.resolve(alone))).toBe(false);
  writer[Symbol.dispose]();
  writer[Symbol.dispose]();
  const order: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const sweeping = gate.sweep(async (alone) => {
    await promise;
    order.push(`swept ${alone}`);
  });
  const entering = gate.enter().then((entered) => {
    order.push('entered');
    return entered;
  });
  resolve();
  await sweeping;
  (await entering)[Symbol.dispose]();
  expect(order).toEqual(['swept true', 'entered']);
});

test('a sweep that fails keeps nobody out', async () => {
  const gate = new TreeGate();
  await expect(gate.sweep(() => Promise.reject(new RangeError('no')))).rejects.toThrow('no');
  using _ = await gate.enter();
});
