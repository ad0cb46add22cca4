import { writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { DataLossError, UnavailableError } from '@wharf/core';
import { openPins } from '../lock/pins.js';
import { authorizationFor } from './authorization.js';
import { openBench, type Bench } from './testing/bench.js';
import { sha256 } from './testing/fake-files.js';

const url = 'https://example.com/x.txt';
const httpOp = { id: 1, kind: 'http', inputs: [], url, filename: 'x.txt' } as const;
const remote = 'https://example.com/a.git';
const gitOp = {
  id: 1,
  kind: 'git',
  inputs: [],
  remote,
  ref: 'main',
  keepGitDir: false,
  submodules: false,
} as const;

const lockOf = (kind: string, name: string, value: string) =>
  `version = 1\n[${kind}]\n${JSON.stringify(name)} = "${value}"`;

function answer(bench: Bench, text: string): void {
  bench.http = async ({ target }) => {
    await writeFile(target, text);
    const digest = sha256(text);
    return { kind: 'fetched', digest, size: 1, etag: '"1"', lastModified: '', filename: '' };
  };
}

describe('a download', () => {
  test('is asked for once in a build, and its content is the key', async () => {
    await using bench = await openBench();
    const { http } = bench.executors;
    const inputs = await http.inputs(httpOp, bench.context());
    const result = await http.execute(httpOp, bench.context());
    expect(bench.asked).toEqual([`http ${url}`]);
    expect(inputs).toContainEqual({ kind: 'content', name: url, value: sha256('download') });
    expect(result.kind === 'tree' && bench.trees.trees.get(result.digest)).toEqual(
      new Map([['x.txt', 'download']]),
    );
    expect(bench.scratches.size).toBe(0);
    expect(bench.pins.find('http', url)).toBeUndefined();
  });

  test('is asked for with what is known of it, and taken from here when it is the same', async () => {
    await using bench = await openBench();
    const { http } = bench.executors;
    const first = await http.execute(httpOp, bench.context());
    bench.http = ({ known }) => {
      expect(known).toMatchObject({ etag: '"1"' });
      return Promise.resolve({ kind: 'same' });
    };
    expect(await http.execute(httpOp, bench.context({ buildId: 'second' }))).toEqual(first);
    bench.http = ({ known }) => {
      expect(known).toBeUndefined();
      return Promise.reject(new RangeError('asked anew'));
    };
    const anew = bench.context({ buildId: 'third', fresh: true });
    await expect(http.execute(httpOp, anew)).rejects.toThrow('asked anew');
    bench.trees.trees.clear();
    await expect(http.execute(httpOp, bench.context({ buildId: 'fourth' }))).rejects.toThrow(
      'asked anew',
    );
  });

  test('with a checksum that is here is not asked for again', async () => {
    await using bench = await openBench();
    const op = { ...httpOp, checksum: sha256('download') };
    await bench.executors.http.execute(op, bench.context());
    await bench.executors.http.execute(op, bench.context({ buildId: 'second' }));
    expect(bench.asked).toHaveLength(1);
  });

  test('is what the lock says, or refused by name', async () => {
    await using bench = await openBench();
    const pins = (lock: string) => openPins({ lock, locked: true });
    const context = (lock: string) => bench.context({ pins: pins(lock), buildId: lock });
    const { http } = bench.executors;
    await http.inputs(httpOp, context(lockOf('http', url, sha256('download'))));
    await expect(http.inputs(httpOp, context('version = 1'))).rejects.toThrow(
      `Dockerfile.lock does not have the download ${url}`,
    );
    const again = { pins: pins(lockOf('http', url, sha256('download'))) };
    bench.http = () => Promise.reject(new UnavailableError('nobody answers'));
    const offline = bench.context({ ...again, buildId: 'offline' });
    expect(await http.inputs(httpOp, offline)).toContainEqual({
      kind: 'content',
      name: url,
      value: sha256('download'),
    });
    bench.http = ({ checksum }) => Promise.reject(new DataLossError(`it is not ${checksum}`));
    await expect(
      http.inputs(httpOp, bench.context({ ...again, buildId: 'moved' })),
    ).rejects.toThrow('is no longer what Dockerfile.lock says');
    const moved = lockOf('http', url, sha256('other'));
    await expect(http.inputs(httpOp, context(moved))).rejects.toMatchObject({
      code: 'failed-precondition',
      message: `${url} is no longer what Dockerfile.lock says: remove its line to take what is there now`,
    });
    const both = { ...httpOp, checksum: sha256('third') };
    await expect(http.inputs(both, context(moved))).rejects.toThrow('--checksum says');
  });

  test('is noted for the lock', async () => {
    await using bench = await openBench();
    answer(bench, 'other');
    await bench.executors.http.inputs(httpOp, bench.context());
    expect(bench.pins.print()).toContain(`"${url}" = "${sha256('other')}"`);
  });

  test('with a password in its address is stored and locked without it', async () => {
    await using bench = await openBench();
    const op = { ...httpOp, url: 'https://a:secret@example.com/x.txt' };
    const inputs = await bench.executors.http.inputs(op, bench.context());
    expect(bench.asked).toEqual([`http ${op.url}`]);
    expect(JSON.stringify(inputs)).not.toContain('secret');
    expect(bench.pins.print()).toContain(`"${url}" = `);
    const lock = lockOf('http', op.url, sha256('download'));
    const pins = openPins({ lock, locked: true });
    await bench.executors.http.inputs(op, bench.context({ pins, buildId: 'locked' }));
  });
});

describe('a repository', () => {
  test('is known by its commit, which is asked for before anything is fetched', async () => {
    await using bench = await openBench();
    const { git } = bench.executors;
    const inputs = await git.inputs(gitOp, bench.context());
    expect(inputs).toContainEqual({ kind: 'commit', name: '', value: bench.commit });
    expect(bench.asked).toEqual([`commit ${remote} main`]);
    const result = await git.execute(gitOp, bench.context());
    expect(bench.asked.at(-1)).toBe(`git ${bench.commit}`);
    expect(result.kind === 'tree' && bench.trees.trees.get(result.digest)).toEqual(
      new Map([['src/a', 'a']]),
    );
    const sub = await git.execute({ ...gitOp, subdirectory: 'src' }, bench.context());
    expect(sub.kind === 'tree' && [...(bench.trees.trees.get(sub.digest) ?? [])]).toEqual([
      ['a', 'a'],
    ]);
    expect(bench.scratches.size).toBe(0);
  });

  test('with a password in its address is stored and locked without it', async () => {
    await using bench = await openBench();
    const op = { ...gitOp, remote: 'https://a:secret@example.com/a.git' };
    const inputs = await bench.executors.git.inputs(op, bench.context());
    expect(bench.asked).toEqual([`commit ${op.remote} main`]);
    expect(JSON.stringify(inputs)).not.toContain('secret');
    expect(bench.pins.print()).toContain(`"${remote}#main" = `);
  });

  test('is at the commit of the lock wherever its branch is now', async () => {
    await using bench = await openBench();
    const lock = lockOf('git', `${remote}#main`, 'b'.repeat(40));
    const pins = openPins({ lock, locked: false });
    await bench.executors.git.execute(gitOp, bench.context({ pins }));
    expect(bench.asked).toEqual([`git ${'b'.repeat(40)}`]);
    const strict = openPins({ lock, locked: true });
    const context = bench.context({ pins: strict, buildId: 'locked' });
    await expect(bench.executors.git.inputs(gitOp, context)).rejects.toThrow(
      `${remote}#main has moved: Dockerfile.lock says ${'b'.repeat(40)}, it is ${bench.commit} now`,
    );
    const other = { ...gitOp, ref: 'next' };
    await expect(bench.executors.git.inputs(other, context)).rejects.toThrow(
      `Dockerfile.lock does not have the commit of ${remote}#next`,
    );
  });

  test('that is not at the commit it must be at is refused', async () => {
    await using bench = await openBench();
    const { git } = bench.executors;
    await git.inputs({ ...gitOp, commit: 'aaaa' }, bench.context());
    await expect(git.inputs({ ...gitOp, commit: 'bbbb' }, bench.context())).rejects.toThrow(
      `is the commit ${bench.commit}, not bbbb`,
    );
  });

  test('of which a commit is asked for needs no lock', async () => {
    await using bench = await openBench();
    const pins = openPins({ lock: 'version = 1', locked: true });
    await bench.executors.git.inputs({ ...gitOp, ref: 'a'.repeat(40) }, bench.context({ pins }));
    expect(pins.print()).not.toContain('[git]');
  });
});

test('an image is known by its manifest, found once in a build and pulled when it is needed', async () => {
  await using bench = await openBench();
  const platform = { os: 'linux', architecture: 'amd64', variant: '' };
  const reference = 'docker.io/library/a:1';
  const op = { id: 0, kind: 'image', inputs: [], reference, platform } as const;
  const digest = sha256('manifest');
  let resolved = 0;
  Object.assign(bench.deps.baseImages, {
    resolve: () => {
      resolved += 1;
      return Promise.resolve({ digest });
    },
  });
  const obtained: unknown[] = [];
  Object.assign(bench.deps.baseLayers, {
    obtain: (request: unknown) => {
      obtained.push(request);
      return Promise.resolve({ config: { diffIds: [sha256('layer')] } });
    },
  });
  const { image } = bench.executors;
  const inputs = await image.inputs(op, bench.context());
  expect(await image.inputs({ ...op, digest }, bench.context())).toEqual(inputs);
  const result = await image.execute(op, bench.context());
  expect(result).toEqual({ kind: 'layers', diffIds: [sha256('layer')] });
  expect(resolved).toBe(1);
  expect(obtained).toEqual([{ reference, platform, digest, pinned: false }]);
});

test('texts of the Dockerfile are files', async () => {
  await using bench = await openBench();
  const files = [{ name: 'a', content: 'text' }];
  const op = { id: 0, kind: 'files', inputs: [], files } as const;
  const result = await bench.executors.files.execute(op, bench.context());
  expect(result).toEqual({ kind: 'tree', digest: bench.trees.add({ a: 'text' }) });
  expect(await bench.executors.files.inputs(op, bench.context())).toEqual([
    { kind: 'operation', name: '', value: 'files' },
    { kind: 'file', name: 'a', value: sha256('text') },
  ]);
});

test('secrets for servers are for their hosts first', () => {
  const secrets = [
    { id: 'GIT_AUTH_TOKEN', value: Buffer.from('all\n') },
    { id: 'GIT_AUTH_TOKEN.example.com', value: Buffer.from('one') },
    { id: 'HTTP_AUTH_HEADER', value: Buffer.from('Digest x') },
  ];
  const basic = (token: string) =>
    `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  expect(authorizationFor(secrets, 'GIT_AUTH', 'example.com')).toBe(basic('one'));
  expect(authorizationFor(secrets, 'GIT_AUTH', 'example.org')).toBe(basic('all'));
  expect(authorizationFor(secrets, 'HTTP_AUTH', 'example.org')).toBe('Digest x');
  expect(authorizationFor([], 'HTTP_AUTH', 'example.org')).toBeUndefined();
});
