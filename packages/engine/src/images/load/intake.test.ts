import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ArchiveEvent, ArchivePort } from '../archive-port.js';
import type { Claim } from '../claims.js';
import { takeArchive, type IntakeDependencies } from './intake.js';

const { signal } = new AbortController();
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wharf-intake-'));
});
afterEach(() => rm(directory, { recursive: true }));

const take = (events: Iterable<ArchiveEvent>, reserveBytes?: number) => {
  const archives: Pick<ArchivePort, 'read'> = {
    async *read() {
      for (const event of events) yield await Promise.resolve([event]);
    },
  };
  const deps = { archives, content: undefined } as unknown as IntakeDependencies;
  const options = { signal, directory, onBytes: () => undefined };
  return takeArchive(deps, undefined as unknown as Claim, (async function* () {})(), {
    ...options,
    ...(reserveBytes === undefined ? {} : { reserveBytes }),
  });
};

function* links(count: number, bytes: number): Generator<ArchiveEvent> {
  for (let at = 0; at < count; at++) {
    const link = `${at}/`.padEnd(bytes, 'x');
    yield { kind: 'member', member: { path: `l${at}`, type: 'hardlink', size: 0, link } };
    yield { kind: 'end' };
  }
}

function* file(size: number): Generator<ArchiveEvent> {
  yield { kind: 'member', member: { path: 'a/layer.tar', type: 'file', size, link: '' } };
  yield { kind: 'data', bytes: Buffer.alloc(size) };
  yield { kind: 'end' };
}

test('links are held up to a few megabytes', async () => {
  expect((await take(links(1000, 160))).links.size).toBe(1000);
  await expect(take(links(20_000, 200))).rejects.toMatchObject({
    code: 'resource-exhausted',
    message: expect.stringContaining('names and links') as string,
  });
});

test('a loose file leaves the file system its reserve', async () => {
  expect((await take(file(1000))).files.size).toBe(1);
  await rm(join(directory, '0'));
  await expect(take(file(1000), 2 ** 60)).rejects.toMatchObject({
    code: 'resource-exhausted',
    facts: { errno: 'ENOSPC' },
  });
  expect(await readdir(directory)).toEqual([]);
});
