import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FailedPreconditionError } from '@wharf/core';
import { run, tempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import { serveGit } from '../support/git-server.js';
import { building, lines, writeFiles } from '../support/builds.js';

/** Contexts by http and git, from the loopback interface, which builds may reach here alone. */
const undo = new AsyncDisposableStack();
const home = undo.use(await tempDir('wharf-remote-'));
const config = join(home.path, 'wharfd.toml');
await writeFile(config, '[build]\nallow-private = ["127.0.0.1"]\n');
const engine = useEngine({ flags: ['--config-file', config] });
const { built, failed, folder, read } = building(engine);

let origin: string;
let repo: string;
beforeAll(async () => {
  const server = serve(home.path);
  undo.defer(() => void server.close());
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  repo = `${undo.use(await serveGit(home.path)).url}/repo.git`;
  await repository();
});
afterAll(() => undo.disposeAsync());

/** Files of a folder, as any web server gives them. */
function serve(root: string): Server {
  return createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://x').pathname);
    readFile(join(root, path)).then(
      (body) => response.end(body),
      () => response.writeHead(404).end(),
    );
  }).listen(0, '127.0.0.1');
}

/** A repository of two commits: the first is v1, the second main. */
async function repository(): Promise<void> {
  const work = join(home.path, 'work');
  const git = async (...args: readonly string[]): Promise<void> => {
    const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.org'];
    const { code, stderr } = await run('git', ['-C', work, ...identity, ...args]);
    if (code !== 0) throw new FailedPreconditionError(`git ${args.join(' ')}: ${stderr}`);
  };
  const dockerfile = lines('FROM busybox', 'COPY a /a');
  await writeFiles(work, { Dockerfile: dockerfile, a: 'first', 'sub/a': 'below' });
  await writeFiles(work, { 'sub/Dockerfile': dockerfile });
  await git('init', '-q', '-b', 'main');
  await git('add', '.');
  await git('commit', '-q', '-m', 'first');
  await git('tag', 'v1');
  await writeFiles(work, { a: 'second' });
  await git('commit', '-q', '-a', '-m', 'second');
  await git('clone', '-q', '--bare', work, join(home.path, 'repo.git'));
}

test.each([
  ['', 'second'],
  ['#v1', 'first'],
  ['#main:sub', 'below'],
  ['#:sub', 'below'],
])('a git repository is a context: URL%s', async (part, text) => {
  const name = `remote-${text}`;
  await built(['-t', name, `${repo}${part}`]);
  expect(await read(name, '/a')).toBe(text);
});

test('a ref that is not there is refused by its name', async () => {
  const { stderr } = await failed([`${repo}#nosuch`]);
  expect(stderr).toContain('nosuch');
});

test('an archive by http is a context, and -f names a Dockerfile in it', async () => {
  const files = await folder({
    Dockerfile: lines('FROM busybox', 'COPY a /a'),
    'other/f': lines('FROM busybox', 'COPY a /b'),
    a: 'by http',
  });
  const archive = join(home.path, 'context.tar.gz');
  expect((await run('tar', ['-C', files, '-czf', archive, '.'])).code).toBe(0);
  await built(['-t', 'remote-http', `${origin}/context.tar.gz`]);
  expect(await read('remote-http', '/a')).toBe('by http');
  await built(['-t', 'remote-http-f', '-f', 'other/f', `${origin}/context.tar.gz`]);
  expect(await read('remote-http-f', '/b')).toBe('by http');
  const { stderr } = await failed([`${origin}/nosuch.tar.gz`]);
  expect(stderr).toMatch(/404|not found|no such file/i);
});

test('ADD takes a file by http and a tree by git', async () => {
  await writeFiles(home.path, { 'one.txt': 'a file' });
  const context = await folder({
    Dockerfile: lines(
      'FROM busybox',
      `ADD ${origin}/one.txt /here/`,
      `ADD --chmod=640 --chown=5:6 ${origin}/one.txt /as/this`,
      `ADD ${repo}#v1 /tree`,
      'RUN stat -c "%a %u:%g" /here/one.txt /as/this >/modes',
    ),
  });
  await built(['-t', 'remote-add', context]);
  expect(await read('remote-add', '/here/one.txt')).toBe('a file');
  expect(await read('remote-add', '/tree/a')).toBe('first');
  expect(await read('remote-add', '/modes')).toBe('600 0:0\n640 5:6');
});

test('a named context by git or http', async () => {
  const context = await folder({ Dockerfile: lines('FROM busybox', 'COPY --from=far /a /a') });
  await built(['--build-context', `far=${repo}#v1`, '-t', 'remote-named', context]);
  expect(await read('remote-named', '/a')).toBe('first');
});

test('an address that the daemon does not allow is refused', async () => {
  const { stderr } = await failed([origin.replace('127.0.0.1', '127.0.0.2') + '/context.tar.gz']);
  expect(stderr).toMatch(/private|allow-private/);
});

test('a password in an address is shown and kept nowhere', async () => {
  const files = await folder({ Dockerfile: lines('FROM busybox', 'COPY . /all', 'RUN true') });
  expect((await run('tar', ['-C', files, '-cf', join(home.path, 'secret.tar'), '.'])).code).toBe(0);
  const withPassword = (url: string): string => url.replace('://', '://somebody:canary77@');
  const shown = [
    await built(['-t', 'remote-secret', `${withPassword(origin)}/secret.tar`]),
    await built(['-t', 'remote-secret', `${withPassword(repo)}#v1`]),
    await failed([`${withPassword(origin)}/nosuch.tar`]),
  ];
  const parts = ['ls', 'inspect', 'logs', 'explain', 'du'].map((verb) => ['builder', verb]);
  const events = ['events', '--since', '1h', '--until', (Date.now() / 1000).toFixed(3)];
  for (const args of [...parts, ['builder', 'du', '--verbose'], events])
    shown.push(await engine.cli(args));
  const text = JSON.stringify(shown);
  expect(text).toContain(`${origin}/secret.tar`);
  expect(text).not.toContain('canary77');
  const { dataRoot, root } = engine.daemon;
  const kept = await run('grep', ['-rlaF', 'canary77', dataRoot, join(root, 'wharfd.log')]);
  expect(kept.stdout).toBe('');
});

test('what was fetched of repositories is listed and pruned with the cache', async () => {
  await built(['-t', 'remote-kept', `${repo}#v1`]);
  const du = ['builder', 'du', '--filter', 'type=git'];
  const rows = await engine.ok([...du, '--format', '{{.Description}} {{.Reclaimable}} {{.Size}}']);
  expect(rows).toMatch(new RegExp(`^git repository ${repo} true [0-9.]+kB$`, 'm'));
  await engine.ok(['builder', 'prune', '-f', '--filter', 'type=git']);
  expect(await engine.ok([...du, '--format', '{{.Description}}'])).toBe('');
  const refused = await engine.refused(['builder', 'du', '--filter', 'type=nosuch']);
  expect(refused.stderr).toContain("invalid filter 'type=nosuch': use one of layer, tree,");
});
