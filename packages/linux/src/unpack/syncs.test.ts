import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Syncs } from './syncs.js';

const root = mkdtempSync(join(tmpdir(), 'wharf-syncs-'));
afterAll(() => rmSync(root, { recursive: true }));

const forever = { signal: new AbortController().signal };

function directory(name: string): string {
  const path = join(root, name);
  mkdirSync(path, { recursive: true });
  return path;
}

/** Runs that end when told. */
function heldRuns(fail: (directory: string) => Error | undefined = () => undefined) {
  const runs: { readonly directory: string; readonly end: () => void }[] = [];
  const syncs = new Syncs((path) => {
    const error = fail(path);
    if (error !== undefined) return Promise.reject(error);
    const { promise, resolve } = Promise.withResolvers<void>();
    runs.push({ directory: path, end: resolve });
    return promise;
  });
  const begun = (count: number) => expect.poll(() => runs.length).toBe(count);
  return { runs, syncs, begun };
}

/** Until all that has no run of its own waits. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

test('who comes during a run shares the next one, and never the one on its way', async () => {
  const { runs, syncs, begun } = heldRuns();
  const ended: string[] = [];
  const sync = (name: string) =>
    syncs.sync(directory(name), forever).then(() => void ended.push(name));
  const first = sync('a');
  await begun(1);
  const others = [sync('b'), sync('c'), sync('d')];
  await settle();
  runs[0]?.end();
  await first;
  await begun(2);
  expect(ended).toEqual(['a']);
  runs[1]?.end();
  await Promise.all(others);
  expect(runs).toHaveLength(2);
  const last = sync('e');
  await begun(3);
  runs[2]?.end();
  await last;
});

test('a caller that leaves and removes its directory takes nobody along', async () => {
  const gone = directory('gone');
  const missing = Object.assign(new TypeError('gone'), { code: 'ENOENT' });
  const { runs, syncs, begun } = heldRuns((path) => (path === gone ? missing : undefined));
  const first = syncs.sync(directory('a'), forever);
  await begun(1);
  const leaving = new AbortController();
  const leaves = syncs.sync(gone, { signal: leaving.signal });
  await settle();
  const stays = syncs.sync(directory('b'), forever);
  await settle();
  leaving.abort(new TypeError('left'));
  await expect(leaves).rejects.toThrow('left');
  runs[0]?.end();
  await first;
  await begun(2);
  expect(runs[1]?.directory).toBe(directory('b'));
  runs[1]?.end();
  await stays;
});

test('a disk that fails is a fault for all who wait for it', async () => {
  const { syncs } = heldRuns(() => Object.assign(new TypeError('full'), { code: 'ENOSPC' }));
  const both = [syncs.sync(directory('a'), forever), syncs.sync(directory('b'), forever)];
  const full = { code: 'resource-exhausted' };
  await Promise.all(both.map((each) => expect(each).rejects.toMatchObject(full)));
});
