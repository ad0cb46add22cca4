import { expect, test } from 'vitest';
import { ReadBuffers } from './lent-buffers.js';

test('few bytes are a copy, whose buffer is read into again at once', () => {
  const buffers = new ReadBuffers();
  const first = buffers.next();
  first.write('abc');
  const { bytes, lent } = buffers.filled(3);
  expect([bytes.toString(), lent]).toEqual(['abc', undefined]);
  expect(buffers.next()).toBe(first);
  first.fill(0);
  expect(bytes.toString()).toBe('abc');
});

test('a large buffer is used again when all its borrowers have given it back, and not before', () => {
  const buffers = new ReadBuffers();
  buffers.filled(buffers.next().length);
  const large = buffers.next();
  expect(large.length).toBe(256 * 1024);
  const { lent } = buffers.filled(100_000);
  const releases = [lent?.borrow(), lent?.borrow()];
  releases[0]?.();
  releases[0]?.();
  const second = buffers.next();
  expect(second).not.toBe(large);
  releases[1]?.();
  buffers.filled(100_000);
  expect(buffers.next()).toBe(large);
});

test('after many short reads the buffers are small again', () => {
  const buffers = new ReadBuffers();
  buffers.filled(buffers.next().length);
  for (let at = 0; at < 100; at++) buffers.filled(10);
  expect(buffers.next().length).toBe(16 * 1024);
});
