import { mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { defaultSpoolLimits, Spool, type SpoolLimits } from './spool.js';

let directory: string;
let spool: Spool;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wharf-spool-'));
});
afterEach(async () => {
  await spool.close();
  await rm(directory, { recursive: true, force: true });
});
const open = (limits: Partial<SpoolLimits> = {}) => {
  spool = new Spool(directory, { ...defaultSpoolLimits, ...limits });
};

async function* pieces(count: number, bytes = 1 << 20): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < count; at++) yield await Promise.resolve(Buffer.alloc(bytes));
}

test('an upload that nobody touches is forgotten by itself, one that grows is not', async () => {
  open({ idleMs: 300 });
  const idle = await spool.begin('a');
  const busy = await spool.begin('b');
  for (let at = 0; at < 8; at++) {
    await new Promise((resolve) => setTimeout(resolve, 60));
    await busy.append(pieces(1, 10));
  }
  await expect.poll(() => readdir(directory)).toEqual([busy.session]);
  expect(() => spool.get('a', idle.session)).toThrow('begin again');
  await expect.poll(() => readdir(directory), { timeout: 5000 }).toEqual([]);
});

test('nothing begins where the disk has too little room', async () => {
  open({ reserveBytes: 2 ** 60 });
  await expect(spool.begin('a')).rejects.toMatchObject({ status: 507 });
  expect(await readdir(directory)).toEqual([]);
});

test('an upload that takes what shall stay free is refused, and gives it back', async () => {
  const { bavail, bsize } = await statfs(directory);
  const limits = { ...defaultSpoolLimits, reserveBytes: 0 };
  spool = new Spool(directory, limits);
  const upload = await spool.begin('a');
  await upload.append(pieces(5));
  Object.assign(limits, { reserveBytes: bavail * bsize + 2 ** 40 });
  await expect(upload.append(pieces(9))).rejects.toMatchObject({
    status: 507,
    message: expect.stringContaining('no space left') as string,
  });
  expect(upload.size).toBeLessThan(10 << 20);
  expect(await readdir(directory)).toEqual([]);
});
