import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tempDir } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import { defaultSourceLimits } from '../config.js';
import { connect } from '../git/connection.js';
import { parseRemote } from '../git/remote.js';
import { resolveRef } from '../git/resolve.js';
import { makeRepository, serveGit } from '../git/test-server.js';
import { call, failureOf, openSources, serveHttp } from '../test-fixture.js';
import { Guard } from './guard.js';

/** Sends on what names a host in full to the port, whatever the host. */
async function startProxy(port: number) {
  const asked: [string, string | undefined][] = [];
  const server = await serveHttp((req, res) => {
    asked.push([req.url ?? '', req.headers['proxy-authorization']]);
    const url = new URL(req.url ?? '');
    const { method = 'GET', headers } = req;
    const path = url.pathname + url.search;
    const on = request(
      { host: '127.0.0.1', port, method, path, headers },
      (answer: IncomingMessage) => {
        res.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(res);
      },
    );
    req.pipe(on);
  });
  return {
    asked,
    server,
    proxies: { find: () => new URL(`http://u:p%40@127.0.0.1:${server.port}`) },
  };
}

describe('through a proxy', () => {
  test('a file and a repository come from hosts that only it knows', async () => {
    await using root = await tempDir();
    await using server = await serveGit(root.path, (req, res) => {
      if (req.url !== '/file') return false;
      res.end('x');
      return true;
    });
    const commit = await makeRepository(`${root.path}/r.git`, { a: { file: 'a' } });
    const { server: own, asked, proxies } = await startProxy(server.port);
    await using _ = own;
    await using it = await openSources({ proxies, allowPrivate: [] });
    const target = `${it.path}/f`;
    await it.sources.http({ url: 'http://files.invalid/file', target }, call());
    const remote = 'http://git.invalid/r.git';
    expect(await it.sources.gitCommit({ remote }, call())).toBe(commit);
    expect(asked[0]).toEqual(['http://files.invalid/file', `Basic ${btoa('u:p@')}`]);
    expect(asked.at(-1)?.[0]).toMatch(/^http:\/\/git\.invalid\/r\.git\//);
  });

  test.each([
    'http://127.0.0.1/',
    'http://localhost/',
    'http://x.localhost/',
    'http://169.254.169.254/',
    'https://10.0.0.1/',
  ])('%s is not asked for', async (url) => {
    const { server, asked, proxies } = await startProxy(1);
    await using _ = server;
    await using it = await openSources({ proxies, allowPrivate: [] });
    const error = await failureOf(it.sources.http({ url, target: `${it.path}/f` }, call()));
    expect([error.code, asked]).toEqual(['permission-denied', []]);
  });
});

test('a name that is allowed leads git to the addresses that were checked', async () => {
  await using root = await tempDir();
  await using server = await serveGit(root.path);
  const commit = await makeRepository(`${root.path}/r.git`, { a: { file: 'a' } });
  await using it = await openSources({ allowPrivate: [`localhost:${server.port}`] });
  const target = `${it.path}/target`;
  await mkdir(target);
  const remote = `http://localhost:${server.port}/r.git`;
  const request = { remote, commit, target, repository: `${it.path}/repository` };
  await it.sources.git({ ...request, submodules: false, keepGitDir: false }, call());
  expect(await readdir(target)).toEqual(['a']);
});

test('git asks no resolver: a name has the addresses that the guard gave', async () => {
  await using root = await tempDir();
  await using server = await serveGit(root.path);
  const commit = await makeRepository(`${root.path}/r.git`, { a: { file: 'a' } });
  const guard = new Guard(['127.0.0.1']);
  guard.addresses = () => Promise.resolve(['127.0.0.1']);
  const limits = defaultSourceLimits;
  const shared = { userAgent: 'x', caFile: undefined, proxies: undefined, connectMs: 1000 };
  const config = { allowPrivate: [], userAgent: 'x', temporary: root.path };
  const parts = { wire: { guard, limits, ...shared }, config, directory: root.path };
  const remote = parseRemote(`http://only-the-guard.invalid:${server.port}/r.git`);
  const { signal } = call();
  const connection = await connect(remote, { ...parts, agentSocket: undefined }, signal);
  const program = { path: 'git', home: root.path, idleMs: 10_000, shown: 'x' };
  expect(await resolveRef(connection, 'main', program, signal)).toBe(commit);
});

test('ssh connects to the address that was checked, and believes nobody at first sight', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    socket.end('SSH-2.0-none\r\nnonsense');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await using it = await openSources({ allowPrivate: [`localhost:${port}`] });
  const remote = `ssh://git@localhost:${port}/r.git`;
  const error = await failureOf(it.sources.gitCommit({ remote }, call()));
  expect([error.code, sockets.length > 0]).toEqual(['unavailable', true]);
  const agentSocket = '/run/agent"\nProxyCommand id';
  const bad = await failureOf(it.sources.gitCommit({ remote, agentSocket }, call()));
  expect(bad.code).toBe('invalid-argument');
  server.close();
});

describe('addresses', () => {
  const guard = new Guard([]);
  test.each([
    '8.8.8.8',
    '172.15.0.1',
    '172.32.0.1',
    '100.128.0.1',
    '192.169.0.1',
    '2606:4700::1',
    '64:ff9b::808:808',
    '2002:808:808::1',
  ])('%s is public', (address) => {
    expect(guard.isPrivate(address)).toBe(false);
  });
  test.each([
    '198.18.0.1',
    '192.0.0.8',
    '255.255.255.255',
    '::ffff:10.1.2.3',
    'fe80::1%eth0',
    'fec0::1',
    '2002:c0a8:1::1',
    '64:ff9b::c0a8:101',
    '2001::1',
    'ff02::1',
    'no address',
  ])('%s is private', (address) => {
    expect(guard.isPrivate(address)).toBe(true);
  });
});
