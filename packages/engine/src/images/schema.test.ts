import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { openState } from '../state/open.js';
import type { Schema, State } from '../state/state.js';
import { createImageRecords } from './records.js';
import { imageSchema } from './schema.js';

const roots: string[] = [];
afterEach(async () => {
  for (const root of roots.splice(0)) await rm(root, { recursive: true });
});

const open = (root: string, schema: Schema): State =>
  openState({
    path: join(root, 'state.db'),
    schemas: [schema],
    appendEvent: () => 0n,
    onCommitted: () => undefined,
  });

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const version1 = { ...imageSchema, migrations: imageSchema.migrations.slice(0, 1) };

async function upgraded(fill: string) {
  const root = await mkdtemp(join(tmpdir(), 'wharf-schema-'));
  roots.push(root);
  const before = open(root, version1);
  before.db.exec(fill);
  before.close();
  const state = open(root, imageSchema);
  return { state, records: createImageRecords(state) };
}

const image = (letter: string): string =>
  `INSERT INTO images VALUES ('${digest(letter)}', 'type', '${digest('f')}', 'linux/amd64', 7);`;
const name = (text: string, letter: string): string =>
  `INSERT INTO image_names VALUES ('${text}', '${digest(letter)}');`;
const pulled = (repository: string, target: string, letter: string): string =>
  `INSERT INTO image_digests VALUES ('${repository}', '${digest(target)}', '${digest(letter)}');`;

test('what was pulled through an index has the index as its target', async () => {
  const repository = 'docker.io/library/box';
  const { state, records } = await upgraded(
    image('a') + name(`${repository}:latest`, 'a') + pulled(repository, 'b', 'a'),
  );
  expect(records.targets()).toEqual([
    {
      digest: digest('b'),
      mediaType: '',
      kind: 'index',
      addedMs: 7,
      usedMs: 7,
      taggedMs: 0,
      names: [`${repository}:latest`],
      repositories: [repository],
      manifests: [expect.objectContaining({ digest: digest('a'), unpacked: true })],
    },
  ]);
  state.close();
});

test('what has no index is its own target, also without a name', async () => {
  const { state, records } = await upgraded(
    image('a') +
      name('localhost:5000/x:1', 'a') +
      pulled('localhost:5000/x', 'a', 'a') +
      image('c'),
  );
  expect(records.byName('localhost:5000/x:1')).toMatchObject({
    digest: digest('a'),
    kind: 'manifest',
    mediaType: 'type',
    repositories: ['localhost:5000/x'],
    manifests: [{ digest: digest('a') }],
  });
  expect(records.target(digest('c'))).toMatchObject({
    names: [],
    manifests: [{ platform: 'linux/amd64' }],
  });
  state.close();
});

test('a name follows the index of its own repository where a manifest came by several', async () => {
  const { state, records } = await upgraded(
    image('a') +
      name('docker.io/me/x:1', 'a') +
      name('docker.io/me/other:1', 'a') +
      pulled('docker.io/me/x', 'b', 'a') +
      pulled('docker.io/me/y', 'c', 'a'),
  );
  expect(records.byName('docker.io/me/x:1')?.digest).toBe(digest('b'));
  expect(records.byName('docker.io/me/other:1')?.kind).toBe('index');
  expect(records.holders(digest('a')).map((target) => target.digest)).toEqual([
    digest('b'),
    digest('c'),
  ]);
  state.close();
});
