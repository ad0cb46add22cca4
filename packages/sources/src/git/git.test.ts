import { mkdir, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { run, tempDir } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import type { SourcesConfig } from '../config.js';
import { call, failureOf, openSources } from '../test-fixture.js';
import { makeRepository, serveGit, testGit } from './test-server.js';

type Before = Parameters<typeof serveGit>[1];

/** A server, sources, and directories for one test. */
async function open(config: Partial<SourcesConfig> = {}, before?: Before) {
  await using stack = new AsyncDisposableStack();
  const root = stack.use(await tempDir()).path;
  const server = stack.use(await serveGit(root, before));
  const { sources, path } = stack.use(await openSources(config));
  const kept = stack.move();
  let count = 0;
  const directories = async () => {
    count += 1;
    await mkdir(`${path}/target${count}`);
    return { repository: `${path}/repository`, target: `${path}/target${count}` };
  };
  const plain = { submodules: false, keepGitDir: false };
  const fetch = async (remote: string, commit: string, more = {}) => {
    const places = await directories();
    const result = await sources.git({ remote, commit, ...plain, ...places, ...more }, call());
    return { ...places, ...result };
  };
  return {
    ...{ root, server, sources, path, fetch, directories },
    remote: `${server.origin}/r.git`,
    repository: `${root}/r.git`,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

const simple = {
  a: { file: 'hello' },
  run: { file: '#!/bin/sh\n', mode: '100755' as const },
  link: { link: '/etc/passwd' },
  dir: { tree: { b: { file: 'b' } } },
};

describe('the commit of a ref', () => {
  test('is found for branches, tags, full names, and HEAD', async () => {
    await using it = await open();
    const commit = await makeRepository(it.repository, simple);
    const other = await makeRepository(
      it.repository,
      { b: { file: '' } },
      { parent: commit, branch: 'v1' },
    );
    await testGit(it.repository, ['tag', '-a', 'v2', '-m', 'x', other]);
    await testGit(it.repository, ['tag', 'v1', commit]);
    const ask = (ref?: string) =>
      it.sources.gitCommit({ remote: it.remote, ...(ref === undefined ? {} : { ref }) }, call());
    expect(await ask()).toBe(commit);
    expect(await ask('HEAD')).toBe(commit);
    expect(await ask('main')).toBe(commit);
    expect(await ask('v1')).toBe(other);
    expect(await ask('v2')).toBe(other);
    expect(await ask('refs/tags/v1')).toBe(commit);
    expect(await ask('heads/main')).toBe(commit);
    expect(await ask(other)).toBe(other);
  });

  test('is not-found for refs, repositories and hosts that are not there', async () => {
    await using it = await open();
    await makeRepository(it.repository, simple);
    const ask = (remote: string, ref?: string) =>
      failureOf(it.sources.gitCommit({ remote, ...(ref === undefined ? {} : { ref }) }, call()));
    expect((await ask(it.remote, 'absent')).code).toBe('not-found');
    expect((await ask(`${it.server.origin}/absent.git`)).code).toBe('not-found');
    expect((await ask('https://absent.invalid/x.git')).code).toMatch(/not-found|unavailable/);
  });
});

describe('a checkout', () => {
  test('has files, modes and links, and tells the time of the commit', async () => {
    await using it = await open();
    const commit = await makeRepository(it.repository, simple);
    const lines: string[] = [];
    const { target, committedAt } = await it.fetch(it.remote, commit, {
      onProgress: (line: string) => lines.push(line),
    });
    expect(committedAt).toEqual(new Date(1_100_000_000_000));
    expect((await readdir(target)).sort()).toEqual(['a', 'dir', 'link', 'run']);
    expect(await readFile(`${target}/dir/b`, 'utf8')).toBe('b');
    expect(await readlink(`${target}/link`)).toBe('/etc/passwd');
    expect((await stat(`${target}/run`)).mode & 0o111).not.toBe(0);
    expect(lines.length).toBeGreaterThan(0);
    expect(await readdir(`${it.path}/tmp`)).toEqual([]);
  });

  test('has the same modes under any umask', async () => {
    await using it = await open();
    const commit = await makeRepository(it.repository, simple);
    const before = process.umask(0o077);
    try {
      const { target } = await it.fetch(it.remote, commit, { keepGitDir: true });
      const { stdout } = await run('find', [target, '-not', '-type', 'l', '-printf', '%m\n']);
      expect(new Set(stdout.trim().split('\n').slice(1))).toEqual(new Set(['755', '644', '444']));
    } finally {
      process.umask(before);
    }
  });

  test('is of the commit that was asked for, without its history, and a second one asks nobody', async () => {
    let asked = 0;
    await using it = await open({}, () => {
      asked += 1;
      return false;
    });
    const old = await makeRepository(it.repository, simple);
    const commit = await makeRepository(it.repository, { a: { file: '2' } }, { parent: old });
    const first = await it.fetch(it.remote, commit, { ref: 'main' });
    expect(await readFile(`${first.target}/a`, 'utf8')).toBe('2');
    expect(await testGit(first.repository, ['rev-list', '--count', commit])).toBe('1');
    const before = asked;
    await it.fetch(it.remote, commit);
    expect(asked).toBe(before);
    const second = await it.fetch(it.remote, old);
    expect(await readFile(`${second.target}/a`, 'utf8')).toBe('hello');
  });

  test('comes from a server that gives refs alone', async () => {
    await using it = await open({}, (req) => {
      delete req.headers['git-protocol'];
      return false;
    });
    const old = await makeRepository(it.repository, simple);
    const commit = await makeRepository(it.repository, { a: { file: '2' } }, { parent: old });
    await it.fetch(it.remote, commit, { ref: 'main' });
    const { target } = await it.fetch(it.remote, old);
    expect(await readFile(`${target}/a`, 'utf8')).toBe('hello');
    const absent = await failureOf(it.fetch(it.remote, '1'.repeat(40)));
    expect(absent.code).toBe('failed-precondition');
  });

  test('of SHA-256 works too', async () => {
    await using it = await open();
    const commit = await makeRepository(it.repository, simple, { format: 'sha256' });
    expect(commit).toHaveLength(64);
    const { target } = await it.fetch(it.remote, commit, { keepGitDir: true });
    expect(await testGit(target, ['status', '--porcelain'])).toBe('');
  });

  test('with its .git is a repository that works, the same bytes each time', async () => {
    await using it = await open();
    const old = await makeRepository(it.repository, simple);
    const commit = await makeRepository(
      it.repository,
      { ...simple, a: { file: '2' } },
      { parent: old },
    );
    const remote = it.remote.replace('http://', 'http://user:canary@');
    const first = await it.fetch(remote, commit, { keepGitDir: true });
    const second = await it.fetch(remote, commit, {
      keepGitDir: true,
      repository: `${it.path}/other`,
    });
    const { code, stdout } = await run('diff', [
      '-r',
      '--no-dereference',
      first.target,
      second.target,
    ]);
    expect([code, stdout]).toEqual([0, '']);
    expect(await testGit(first.target, ['status', '--porcelain'])).toBe('');
    expect(await testGit(first.target, ['rev-parse', 'HEAD'])).toBe(commit);
    expect(await testGit(first.target, ['log', '--format=%ct'])).toBe('1100000000');
    expect(await testGit(first.target, ['config', 'remote.origin.url'])).toBe(it.remote);
    await testGit(first.target, ['fsck', '--strict']);
    expect((await run('grep', ['-r', 'canary', it.path])).code).toBe(1);
  });
});

test('a cancelled fetch ends within two seconds, and leaves no process and no directory', async () => {
  const reached = Promise.withResolvers<void>();
  await using it = await open({}, (req) => {
    if (req.method === 'POST') reached.resolve();
    return req.method === 'POST';
  });
  const commit = await makeRepository(it.repository, simple);
  const stop = new AbortController();
  const request = { remote: it.remote, commit, submodules: false, keepGitDir: false };
  const options = { signal: stop.signal };
  const work = failureOf(it.sources.git({ ...request, ...(await it.directories()) }, options));
  await reached.promise;
  const start = performance.now();
  stop.abort();
  expect((await work).code).toBe('cancelled');
  expect(performance.now() - start).toBeLessThan(2000);
  const { stdout } = await run('ps', ['-ww', '-e', '-o', 'args']);
  expect(stdout).not.toContain(`${it.path}/repository`);
  expect(await readdir(`${it.path}/tmp`)).toEqual([]);
});

describe('submodules', () => {
  test('are checked out, those in them too, by relative and full addresses', async () => {
    await using it = await open();
    const deep = await makeRepository(`${it.root}/deep.git`, { c: { file: 'c' } });
    const inner = await makeRepository(`${it.root}/inner.git`, {
      '.gitmodules': {
        file: `[submodule "d"]\n path = deep\n url = ${it.server.origin}/deep.git\n`,
      },
      deep: { commit: deep },
    });
    const commit = await makeRepository(it.repository, {
      '.gitmodules': { file: '[submodule "x/y"]\n path = dir/inner\n url = ../inner.git\n' },
      dir: { tree: { inner: { commit: inner } } },
    });
    const { target } = await it.fetch(it.remote, commit, { submodules: true });
    expect(await readFile(`${target}/dir/inner/deep/c`, 'utf8')).toBe('c');
    const without = await it.fetch(it.remote, commit);
    expect(await readdir(`${without.target}/dir/inner`)).toEqual([]);
  });

  test.each([
    ['file:///etc', 'invalid-argument'],
    ['/etc', 'invalid-argument'],
    ['ext::sh -c id', 'invalid-argument'],
    ['--upload-pack=id', 'invalid-argument'],
    ['ssh://-oProxyCommand=id/x', 'invalid-argument'],
    ['../../../../etc', 'invalid-argument'],
    ['http://169.254.169.254/x.git', 'permission-denied'],
    ['ssh://git@127.0.0.2/x', 'permission-denied'],
  ])('B-15: one at %s is %s', async (url, code) => {
    await using it = await open();
    const commit = await makeRepository(it.repository, {
      '.gitmodules': { file: `[submodule "m"]\n\tpath = m\n\turl = "${url}"\n` },
      m: { commit: '1'.repeat(40) },
    });
    const error = await failureOf(it.fetch(it.remote, commit, { submodules: true }));
    // git itself refuses some of these while it reads the pack.
    expect([code, 'data-loss']).toContain(error.code);
  });

  test('B-15: a path out of the tree is none of it', async () => {
    await using it = await open();
    const commit = await makeRepository(it.repository, {
      '.gitmodules': { file: '[submodule "m"]\n\tpath = ../../out\n\turl = ../x.git\n' },
      m: { commit: '1'.repeat(40) },
    });
    const { target } = await it.fetch(it.remote, commit, { submodules: true });
    expect((await readdir(target)).sort()).toEqual(['.gitmodules', 'm']);
  });

  test('that contain themselves end at a limit', async () => {
    await using it = await open({ limits: { submoduleDepth: 2 } });
    const leaf = await makeRepository(`${it.root}/0.git`, { a: { file: '' } });
    let commit = leaf;
    for (const name of ['1', '2', '3', 'r']) {
      const below = name === 'r' ? '3' : String(Number(name) - 1);
      commit = await makeRepository(`${it.root}/${name}.git`, {
        '.gitmodules': { file: `[submodule "m"]\n\tpath = m\n\turl = ../${below}.git\n` },
        m: { commit },
      });
    }
    const error = await failureOf(it.fetch(it.remote, commit, { submodules: true }));
    expect(error.code).toBe('resource-exhausted');
  });
});
