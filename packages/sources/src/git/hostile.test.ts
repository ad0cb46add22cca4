import { randomBytes } from 'node:crypto';
import { access, chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { tempDir } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import type { SourcesConfig } from '../config.js';
import { call, failureOf, openSources } from '../test-fixture.js';
import { makeRepository, serveGit, testGit } from './test-server.js';
import type { TestTree } from './test-server.js';

const anyCommit = '1'.repeat(40);

async function fetchOf(tree: TestTree['tree'], config: Partial<SourcesConfig> = {}) {
  await using stack = new AsyncDisposableStack();
  const root = stack.use(await tempDir()).path;
  const server = stack.use(await serveGit(root));
  const { sources, path } = stack.use(await openSources(config));
  const commit = await makeRepository(`${root}/r.git`, tree);
  const target = `${path}/target`;
  await mkdir(target);
  const kept = stack.move();
  const request = {
    ...{ remote: `${server.origin}/r.git`, commit, target, repository: `${path}/repository` },
    ...{ submodules: true, keepGitDir: false },
  };
  return { path, root, target, request, sources, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

describe('B-15: remotes', () => {
  test.each([
    '--upload-pack=touch /tmp/x',
    '-oProxyCommand=id',
    'ext::sh -c id',
    'ext::sh%20-c%20id',
    'file:///etc',
    '/etc',
    './x',
    'git://example.com/x.git',
    'ftp://example.com/x.git',
    'http::http://example.com/x',
    'fd::17/x',
    'testgit::x',
    'ssh://-oProxyCommand=id/x',
    'ssh://git@-oProxyCommand=id/x',
    'ssh://-oProxyCommand=id@example.com/x',
    'ssh://example.com/-x',
    'ssh://git:canary@example.com/x',
    'ssh://exa$(id)mple.com/x',
    "ssh://exa'mple.com/x",
    'git@-oProxyCommand=id:x',
    '-oProxyCommand=id@example.com:x',
    'git@example.com:-x',
    'git@example.com:',
    'git@exam;ple.com:x',
    'git@example.com:a\nb',
    'https://example.com/a b',
    'https://example.com/x\n',
    'https://',
    '',
  ])('%j is refused', async (remote) => {
    await using it = await openSources({ git: '/nonexistent/git' });
    const error = await failureOf(it.sources.gitCommit({ remote }, call()));
    expect(error.code).toBe('invalid-argument');
    expect(error.message).not.toContain('canary');
  });

  test.each([
    'http://127.0.0.1:1/x.git',
    'http://2130706433:1/x.git',
    'https://[::1]:1/x.git',
    'http://169.254.169.254/x.git',
    'ssh://git@127.0.0.1/x',
    'ssh://0x7f.1/x',
    'ssh://[::ffff:127.0.0.1]/x',
    'git@localhost:x',
    'git@10.0.0.1:x',
  ])('%s is at a private address', async (remote) => {
    await using it = await openSources({ allowPrivate: [], git: '/nonexistent/git' });
    expect((await failureOf(it.sources.gitCommit({ remote }, call()))).code).toBe(
      'permission-denied',
    );
  });

  test('a redirect to a private address is refused, one to what is allowed is followed', async () => {
    await using it = await fetchOf({ a: { file: 'a' } });
    let location = 'http://169.254.169.254/r.git/info/refs?service=git-upload-pack';
    await using front = await serveGit(it.root, (_req, res) => {
      res.writeHead(301, { location }).end();
      return true;
    });
    const ask = () => it.sources.gitCommit({ remote: `${front.origin}/moved` }, call());
    expect((await failureOf(ask())).code).toBe('permission-denied');
    location = `${it.request.remote}/info/refs?service=git-upload-pack`;
    expect(await ask()).toBe(it.request.commit);
    location = `${it.request.remote}/elsewhere`;
    expect((await failureOf(ask())).code).toMatch(/invalid-argument|not-found/);
  });

  test('authorization is sent, and is in no command line, message or file', async () => {
    await using it = await fetchOf({ a: { file: 'a' } });
    const seen = new Set<string | undefined>();
    await using front = await serveGit(it.root, (req, res) => {
      seen.add(req.headers.authorization);
      if (req.headers.authorization !== undefined) return false;
      res.writeHead(401).end();
      return true;
    });
    const remote = `${front.origin}/r.git`;
    const authorization = 'Bearer canary';
    const request = { ...it.request, remote };
    expect((await failureOf(it.sources.git(request, call()))).code).toBe('unauthenticated');
    await it.sources.git({ ...request, authorization }, call());
    expect([...seen]).toEqual([undefined, authorization]);
  });
});

describe('B-15: refs', () => {
  test.each([
    '--upload-pack=id',
    '-x',
    'a..b',
    'a b',
    'a\nb',
    'a\0b',
    'a:b',
    'a~1',
    'a^{}',
    '@{-1}',
    '@',
    '*',
    'a/',
    '/a',
    'a//b',
    'a.lock',
    '.a',
    'a/.b',
    '../../x',
    '',
    'x'.repeat(600),
  ])('%j is refused', async (ref) => {
    await using it = await openSources({ git: '/nonexistent/git' });
    const request = { remote: 'https://example.com/x.git', ref };
    expect((await failureOf(it.sources.gitCommit(request, call()))).code).toBe('invalid-argument');
    const full = { ...request, commit: anyCommit, repository: '/x', target: '/x' };
    const work = it.sources.git({ ...full, submodules: false, keepGitDir: false }, call());
    expect((await failureOf(work)).code).toBe('invalid-argument');
  });

  test.each(['', 'main', '--all', '1234567', `${anyCommit}\n`])(
    'commit %j is refused',
    async (commit) => {
      await using it = await openSources();
      const request = { remote: 'https://example.com/x', commit, repository: '/x', target: '/x' };
      const work = it.sources.git({ ...request, submodules: false, keepGitDir: false }, call());
      expect((await failureOf(work)).code).toBe('invalid-argument');
    },
  );

  test('names with newlines that a server sends are not taken for others', async () => {
    const line = (text: string) => (text.length + 4).toString(16).padStart(4, '0') + text;
    await using server = await serveGit('/nonexistent', (_req, res) => {
      res.setHeader('content-type', 'application/x-git-upload-pack-advertisement');
      const refs = `${anyCommit} refs/heads/x\nrefs/heads/main\0 agent=x\n`;
      res.end(`${line('# service=git-upload-pack\n')}0000${line(refs)}0000`);
      return true;
    });
    await using it = await openSources();
    const request = { remote: `${server.origin}/r.git`, ref: 'main' };
    const error = await failureOf(it.sources.gitCommit(request, call()));
    expect(error.message).not.toContain('\n');
  });
});

describe('B-15: trees', () => {
  test('filters of .gitattributes do not run', async () => {
    await using it = await fetchOf({
      '.gitattributes': {
        file: '* filter=evil diff=evil merge=evil\nb filter=lfs\nc text eol=crlf\n',
      },
      a: { file: 'a' },
      b: { file: 'b' },
      c: { file: 'c\n' },
      '.gitconfig': { file: '[filter "evil"]\n\tsmudge = touch canary\n' },
    });
    await it.sources.git({ ...it.request, keepGitDir: true }, call());
    expect(await readFile(`${it.target}/a`, 'utf8')).toBe('a');
    expect(await readdir(it.target)).not.toContain('canary');
  });

  test('hooks of templates do not run, nor those of the environment or of the home directory', async () => {
    await using it = await fetchOf({ a: { file: 'a' } });
    const hook = `#!/bin/sh\ntouch ${it.path}/canary\n`;
    await mkdir(`${it.path}/template/hooks`, { recursive: true });
    for (const name of [
      'post-checkout',
      'reference-transaction',
      'post-index-change',
      'fsmonitor',
    ]) {
      await writeFile(`${it.path}/template/hooks/${name}`, hook);
      await chmod(`${it.path}/template/hooks/${name}`, 0o755);
    }
    const config = `[init]\ntemplateDir = ${it.path}/template\n[core]\nhooksPath = ${it.path}/template/hooks\n`;
    await writeFile(`${it.path}/config`, config);
    const before = { ...process.env };
    Object.assign(process.env, {
      GIT_TEMPLATE_DIR: `${it.path}/template`,
      GIT_CONFIG_GLOBAL: `${it.path}/config`,
      GIT_SSH_COMMAND: `touch ${it.path}/canary`,
      GIT_DIR: '/nonexistent',
    });
    try {
      await it.sources.git({ ...it.request, keepGitDir: true }, call());
      // Also when they lie in the repository itself.
      await mkdir(`${it.path}/repository/hooks`, { recursive: true });
      await writeFile(`${it.path}/repository/hooks/post-checkout`, hook, { mode: 0o755 });
      await mkdir(`${it.path}/two`);
      await it.sources.git({ ...it.request, target: `${it.path}/two` }, call());
    } finally {
      process.env = before;
    }
    await expect(access(`${it.path}/canary`)).rejects.toThrow();
    expect(await readdir(`${it.target}/.git`)).not.toContain('hooks');
  });

  test.each<[string, TestTree['tree']]>([
    [
      '.GIT/config',
      { '.GIT': { tree: { config: { file: '[core]\n\tfsmonitor = touch canary\n' } } } },
    ],
    ['.git/config', { '.git': { tree: { config: { file: '' } } } }],
    ['git~1', { 'git~1': { file: '' } }],
    ['.g\u200cit', { '.g\u200cit': { tree: { config: { file: '' } } } }],
    ['..', { '..': { tree: { x: { file: '' } } } }],
    ['dir/..', { dir: { tree: { '..': { tree: { x: { file: '' } } } } } }],
    [
      'a .gitmodules that is a link',
      { '.gitmodules': { link: '/etc/passwd' }, m: { commit: anyCommit } },
    ],
    [
      'a .gitmodules that is a directory',
      { '.gitmodules': { tree: { a: { file: '' } } }, m: { commit: anyCommit } },
    ],
    ['a .gitmodules that is not one', { '.gitmodules': { file: '[[[' }, m: { commit: anyCommit } }],
  ])('%s is refused', async (_what, tree) => {
    await using it = await fetchOf(tree);
    const error = await failureOf(it.sources.git(it.request, call()));
    expect(error.code).toMatch(/data-loss|invalid-argument/);
    expect(await readdir(it.path)).not.toContain('x');
  });

  test('a link and a directory of one name write nothing through the link', async () => {
    await using it = await fetchOf({ a: { file: '' } });
    const bare = `${it.root}/r.git`;
    const blob = await testGit(bare, ['hash-object', '-w', '--stdin'], it.path);
    const inner = await testGit(bare, ['mktree', '--missing'], `100644 blob ${blob}\tcanary\n`);
    const hash = (text: Buffer) =>
      testGit(
        bare,
        ['hash-object', '-w', '--literally', '-t', 'tree', '--stdin'],
        text as unknown as string,
      );
    const entry = (mode: string, name: string, id: string) =>
      Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]);
    const tree = await hash(
      Buffer.concat([entry('120000', 'd', blob), entry('40000', 'd', inner)]),
    );
    const commit = await testGit(bare, ['commit-tree', tree, '-m', 'x']);
    await testGit(bare, ['update-ref', 'refs/heads/two', commit]);
    await failureOf(it.sources.git({ ...it.request, commit }, call()));
    expect(await readdir(it.path)).not.toContain('canary');
  });

  test('a tree that unfolds without end stops at the limit', async () => {
    let tree: TestTree = { tree: { a: { file: 'a' } } };
    for (let depth = 0; depth < 3; depth++) tree = { tree: { a: tree } };
    await using it = await fetchOf(tree.tree, { limits: { gitEntries: 100_000 } });
    const bare = `${it.root}/r.git`;
    let id = await testGit(bare, ['rev-parse', `${it.request.commit}^{tree}`]);
    for (let depth = 0; depth < 10; depth++) {
      const lines = Array.from({ length: 10 }, (_, i) => `040000 tree ${id}\tf${i}\n`).join('');
      id = await testGit(bare, ['mktree'], lines);
    }
    const commit = await testGit(bare, ['commit-tree', id, '-m', 'x']);
    await testGit(bare, ['update-ref', 'refs/heads/bomb', commit]);
    const error = await failureOf(it.sources.git({ ...it.request, commit }, call()));
    expect(error.code).toBe('resource-exhausted');
    expect(await readdir(it.target)).toEqual([]);
  });

  test('a repository over the limit of the disk is refused while it comes', async () => {
    const file = randomBytes(300_000).toString('hex');
    await using it = await fetchOf({ a: { file } }, { limits: { gitBytes: 100_000 } });
    const error = await failureOf(it.sources.git(it.request, call()));
    expect(error.code).toBe('resource-exhausted');
    expect(await readdir(it.target)).toEqual([]);
  });

  test('a server that sends for ever is stopped by the limit, and what it sent is cleared', async () => {
    await using it = await fetchOf({ a: { file: 'a' } }, { limits: { gitBytes: 1_000_000 } });
    await using server = await serveGit(it.root, (req, res) => {
      if (req.method !== 'POST') return false;
      const frame = (bytes: Buffer) =>
        Buffer.concat([
          Buffer.from((bytes.length + 5).toString(16).padStart(4, '0')),
          Buffer.of(1),
          bytes,
        ]);
      let body = '';
      req.on('data', (part: Buffer) => (body += part.toString('latin1')));
      req.once('end', () => {
        if (!body.includes('command=fetch')) return void res.writeHead(404).end();
        res.setHeader('content-type', 'application/x-git-upload-pack-result');
        res.write('000dpackfile\n');
        res.write(
          frame(Buffer.from('PACK\0\0\0\x02\0\0\0\x01\xbf\xff\xff\xff\xff\x0f\x78\x01', 'latin1')),
        );
        const stored = Buffer.concat([Buffer.of(0, 0xff, 0xff, 0, 0), Buffer.alloc(65_535, 7)]);
        const more = (): void => {
          let room = true;
          while (room && !res.destroyed) {
            res.write(frame(stored.subarray(0, 60_000)));
            room = res.write(frame(stored.subarray(60_000)));
          }
        };
        res.on('drain', more);
        more();
      });
      return true;
    });
    const request = { ...it.request, remote: `${server.origin}/r.git` };
    const error = await failureOf(it.sources.git(request, call()));
    expect(error.code).toBe('resource-exhausted');
    await it.sources.git(it.request, call());
    const left = await readdir(`${it.path}/repository/objects/pack`);
    expect(left.filter((name) => name.startsWith('tmp'))).toEqual([]);
  });
});
