import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { buildAndLoad } from './fixture.js';

const native = buildAndLoad();

/** Resident kB of the mappings of a file that cannot be written, proc_pid_smaps(5). */
function residentKilobytes(file: string): number {
  const mappings = readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  return mappings
    .filter((mapping) => / r-[x-]p .*\n/.test(mapping) && mapping.split('\n', 1)[0]?.endsWith(file))
    .reduce((sum, mapping) => sum + Number(/^Rss:\s+(\d+) kB$/m.exec(mapping)?.[1]), 0);
}

test('the pages of the program leave the process, and come back as they are used', () => {
  const before = residentKilobytes(process.execPath);
  native.dropProgramPages();
  const after = residentKilobytes(process.execPath);
  expect(before).toBeGreaterThan(10_000);
  expect(after).toBeLessThan(before / 2);
  expect(JSON.parse(JSON.stringify({ a: [1, 'x'] }))).toEqual({ a: [1, 'x'] });
});

test('free memory of the heap is given back while the heap is in use', () => {
  const kept = Array.from({ length: 1000 }, (_, index) => Buffer.alloc(10_000, index & 0xff));
  native.trimHeap();
  expect(kept.every((each, index) => each[9_999] === (index & 0xff))).toBe(true);
});
