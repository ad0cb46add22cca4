import { expect, test } from 'vitest';
import { closeDescriptors, descriptorTable } from './descriptors.js';

function tableOf(...descriptors: readonly number[]): SharedArrayBuffer {
  const table = descriptorTable(4);
  new Int32Array(table).set(descriptors);
  return table;
}

test('all that is written down is closed, once', () => {
  const table = tableOf(7, 8, 9);
  const closed: number[] = [];
  const native = { close: (fd: number) => void closed.push(fd) };
  closeDescriptors(native, table);
  closeDescriptors(native, table);
  expect(closed).toEqual([7, 8, 9]);
});

test('what a thread has closed when it is ended is closed by nobody else', () => {
  const table = tableOf(7, 8, 9);
  const ended = new RangeError('ended');
  const ending = {
    close(fd: number) {
      if (fd === 8) throw ended;
    },
  };
  expect(() => closeDescriptors(ending, table)).toThrow(ended);
  const closed: number[] = [];
  closeDescriptors({ close: (fd) => void closed.push(fd) }, table);
  expect(closed).toEqual([9]);
});
