import type { ManifestLists, ManifestView, PushFrame } from '@wharf/core';
import { expect, test } from 'vitest';
import { stream } from '../../testing/stream.js';
import { wharf } from '../../testing/test-cli.js';
import { fakeEngine } from '../../testing/test-engine.js';

const run = (argv: readonly string[], manifestLists: Partial<ManifestLists>) =>
  wharf(argv, { engine: fakeEngine({ manifestLists }) });

const done: PushFrame = {
  kind: 'done',
  result: { reference: 'r.example/app:1', digest: 'sha256:ab', size: 7, mediaType: 'm' },
};

test('create, annotate, push and rm hand on what they are told', async () => {
  const asked: unknown[] = [];
  const remember = (name: string, ...args: unknown[]) => void asked.push([name, ...args]);
  const lists: Partial<ManifestLists> = {
    create: (name, sources, { signal: _, ...options }) => {
      remember('create', name, sources, options);
      return Promise.resolve({ reference: 'docker.io/me/app:1' });
    },
    annotate: (name, source, annotation) =>
      Promise.resolve(remember('annotate', name, source, annotation)),
    push: (name, { signal: _, ...options }) => {
      remember('push', name, options);
      return stream(done);
    },
    remove: (names) => {
      remember('rm', names);
      return Promise.resolve(names);
    },
  };
  const { out } = await run(
    ['manifest', 'create', '-a', 'me/app:1', 'me/app:x', 'me/app:y'],
    lists,
  );
  expect(out).toBe('Created manifest list docker.io/me/app:1\n');
  const flags = [
    '--os',
    'linux',
    '--arch',
    'arm',
    '--variant',
    'v7',
    '--os-features',
    'a,b',
    '--os-version',
    '1',
  ];
  await run(['manifest', 'annotate', ...flags, '--annotation', 'k=v', 'l', 'm'], lists);
  expect((await run(['manifest', 'push', '-p', 'l'], lists)).out).toBe('sha256:ab\n');
  await run(['manifest', 'rm', 'l', 'm'], lists);
  expect(asked).toEqual([
    ['create', 'me/app:1', ['me/app:x', 'me/app:y'], { amend: true }],
    [
      'annotate',
      'l',
      'm',
      {
        os: 'linux',
        architecture: 'arm',
        variant: 'v7',
        osVersion: '1',
        osFeatures: ['a', 'b'],
        annotations: { k: 'v' },
      },
    ],
    ['push', 'l', { purge: true }],
    ['rm', ['l', 'm']],
  ]);
});

test('--insecure is refused with the remedy', async () => {
  expect((await run(['manifest', 'inspect', '--insecure', 'a'], {})).err).toContain(
    'insecure-registries',
  );
});

const view = (changes: Partial<ManifestView>): ManifestView => ({
  reference: 'docker.io/library/a:1',
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: 'sha256:ab',
  size: 3,
  document: Buffer.from('{ "big":9007199254740993,"e" : [ ], "s":"a b\\"{}" }'),
  platform: 'linux/arm/v7',
  entries: [],
  ...changes,
});

test('inspect lays the document out and changes nothing in it', async () => {
  const { out } = await run(['manifest', 'inspect', 'a:1'], {
    inspect: () => Promise.resolve(view({})),
  });
  expect(out).toBe('{\n\t"big": 9007199254740993,\n\t"e": [],\n\t"s": "a b\\"{}"\n}\n');
});

test('inspect --verbose tells of each manifest of an index, also of one list', async () => {
  const asked: unknown[] = [];
  const index = view({ mediaType: 'application/vnd.oci.image.index.v1+json', entries: [view({})] });
  const inspect: ManifestLists['inspect'] = (ref, { list, verbose }) => {
    asked.push(ref, list, verbose);
    return Promise.resolve(index);
  };
  const { out } = await run(['manifest', 'inspect', '-v', 'list', 'a:1'], { inspect });
  expect(JSON.parse(out)).toMatchObject([
    {
      Ref: 'docker.io/library/a:1',
      Descriptor: {
        digest: 'sha256:ab',
        size: 3,
        platform: { architecture: 'arm', os: 'linux', variant: 'v7' },
      },
      OCIManifest: { e: [] },
    },
  ]);
  expect(asked).toEqual(['a:1', 'list', true]);
});

test('image copy goes through the daemon, with what it needs for both registries', async () => {
  const asked: unknown[] = [];
  const copy: ManifestLists['copy'] = (source, targets, { platform, credentials }) => {
    asked.push(source, targets, platform, credentials);
    return stream(done);
  };
  const argv = [
    'image',
    'copy',
    '--platform',
    'linux/arm64',
    'debian',
    'r.example/base',
    'r.example/app:1',
  ];
  expect((await run(argv, { copy })).out).toBe('r.example/app:1: digest: sha256:ab size: 7\n');
  expect(asked).toEqual([
    'docker.io/library/debian:latest',
    ['r.example/base:latest', 'r.example/app:1'],
    'linux/arm64',
    undefined,
  ]);
});
