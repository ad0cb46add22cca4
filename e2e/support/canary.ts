import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';

/** Fails when the work has touched the directory or anything in it. */
export async function unfollowed(canary: string, work: () => Promise<unknown>): Promise<void> {
  const before = await look(canary);
  await work();
  expect(await look(canary)).toEqual(before);
}

async function look(canary: string): Promise<unknown> {
  const names = await readdir(canary);
  const states = await Promise.all(
    ['.', ...names].map((name) => stat(join(canary, name), { bigint: true })),
  );
  return {
    names,
    states: states.map(({ ino, mode, uid, size, mtimeNs, ctimeNs }) => ({
      ...{ ino, mode, uid, size, mtimeNs, ctimeNs },
    })),
  };
}
