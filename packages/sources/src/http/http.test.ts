import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:https';
import { makeTestCert } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import { call, failureOf, openSources, serveHttp } from '../test-fixture.js';

const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

async function rawServer(treat: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    treat(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/f`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('a file over http', () => {
  test('is written 0600, hashed, counted and named by the server', async () => {
    await using server = await serveHttp((req, res) => {
      expect(req.headers['accept-encoding']).toBe('identity');
      res.setHeader('etag', '"one"').setHeader('last-modified', 'Sat, 01 Jan 2000 00:00:00 GMT');
      res
        .setHeader('content-disposition', 'attachment; filename="../../etc/name.txt"')
        .end('hello');
    });
    await using it = await openSources();
    const target = `${it.path}/f`;
    const seen: number[] = [];
    const onProgress = (current: number): void => void seen.push(current);
    const request = { url: `${server.origin}/x`, target, checksum: sha256('hello'), onProgress };
    expect(await it.sources.http(request, call())).toEqual({
      kind: 'fetched',
      digest: sha256('hello'),
      size: 5,
      etag: '"one"',
      lastModified: 'Sat, 01 Jan 2000 00:00:00 GMT',
      filename: 'name.txt',
    });
    expect(await readFile(target, 'utf8')).toBe('hello');
    expect((await stat(target)).mode & 0o777).toBe(0o600);
    expect(seen.at(-1)).toBe(5);
  });

  test('that did not change is not sent again', async () => {
    await using server = await serveHttp((req, res) => {
      res.statusCode = req.headers['if-none-match'] === '"one"' ? 304 : 200;
      res.end(res.statusCode === 304 ? undefined : 'new');
    });
    await using it = await openSources();
    const target = `${it.path}/f`;
    const known = { etag: '"one"', lastModified: '' };
    const url = server.origin;
    expect(await it.sources.http({ url, target, known }, call())).toEqual({ kind: 'same' });
    expect(await exists(target)).toBe(false);
    const other = { etag: '"two"\r\nx: y', lastModified: '' };
    const result = await it.sources.http({ url, target, known: other }, call());
    expect(result.kind).toBe('fetched');
  });

  test('with another checksum is data-loss, and nothing of it stays', async () => {
    await using server = await serveHttp((_req, res) => void res.end('evil'));
    await using it = await openSources();
    const target = `${it.path}/f`;
    const work = it.sources.http({ url: server.origin, target, checksum: sha256('good') }, call());
    expect((await failureOf(work)).code).toBe('data-loss');
    expect(await exists(target)).toBe(false);
  });

  test.each([
    [404, 'not-found'],
    [401, 'unauthenticated'],
    [403, 'permission-denied'],
    [503, 'unavailable'],
    [206, 'failed-precondition'],
    [304, 'failed-precondition'],
  ])('status %i is %s, without the secrets of the address', async (status, code) => {
    await using server = await serveHttp((_req, res) => void res.writeHead(status).end());
    await using it = await openSources();
    const url = `http://user:canary1@127.0.0.1:${server.port}/f?token=canary2`;
    const error = await failureOf(it.sources.http({ url, target: `${it.path}/f` }, call()));
    expect(error.code).toBe(code);
    expect(JSON.stringify([error.message, error.facts])).not.toMatch(/canary/);
  });

  test.each(['', 'sha256:x', `sha512:${'0'.repeat(128)}`, `sha256:${'A'.repeat(64)}`])(
    'checksum %j is refused',
    async (checksum) => {
      await using it = await openSources();
      const request = { url: 'https://example.com/', target: `${it.path}/f`, checksum };
      expect((await failureOf(it.sources.http(request, call()))).code).toBe('invalid-argument');
    },
  );

  test('a target that exists is left alone', async () => {
    await using server = await serveHttp((_req, res) => void res.end('new'));
    await using it = await openSources();
    await writeFile(`${it.path}/f`, 'old');
    await failureOf(it.sources.http({ url: server.origin, target: `${it.path}/f` }, call())).catch(
      () => undefined,
    );
    expect(await readFile(`${it.path}/f`, 'utf8')).toBe('old');
  });
});

describe('B-14: addresses', () => {
  test.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://127.0.0.1:1/',
    'http://[::1]:1/',
    'http://0.0.0.0:1/',
    'http://2130706433:1/',
    'http://0x7f000001:1/',
    'http://0177.0.0.1:1/',
    'http://127.1:1/',
    'http://[::ffff:127.0.0.1]:1/',
    'http://[::ffff:a9fe:a9fe]:1/',
    'http://[::127.0.0.1]:1/',
    'http://[64:ff9b::a00:1]:1/',
    'http://[fd00::1]:1/',
    'http://[fe80::1]:1/',
    'http://10.0.0.1:1/',
    'http://172.31.0.1:1/',
    'http://192.168.1.1:1/',
    'http://100.64.0.1:1/',
    'http://100.100.100.200/',
    'http://localhost:1/',
    'http://127。0。0。1:1/',
  ])('%s is refused', async (url) => {
    await using it = await openSources({ allowPrivate: [] });
    const error = await failureOf(it.sources.http({ url, target: `${it.path}/f` }, call()));
    expect([error.code, error.message]).toEqual([
      'permission-denied',
      expect.stringContaining('build.allow-private'),
    ]);
  });

  test.each([
    'file:///etc/passwd',
    'ftp://example.com/x',
    'gopher://x/',
    'data:,x',
    '/etc/passwd',
    '',
  ])('%s is no source', async (url) => {
    await using it = await openSources();
    const work = it.sources.http({ url, target: `${it.path}/f` }, call());
    expect((await failureOf(work)).code).toBe('invalid-argument');
  });

  test.each([
    ['http://169.254.169.254/', 'permission-denied'],
    ['http://127.0.0.2:1/', 'permission-denied'],
    ['http://[::1]:1/', 'permission-denied'],
    ['file:///etc/passwd', 'failed-precondition'],
    ['ftp://example.com/', 'failed-precondition'],
    ['http://user:pw@127.0.0.1/', 'failed-precondition'],
    ['http://', 'failed-precondition'],
    ['/again', 'unavailable'],
  ])('a chain of redirects to %s is %s', async (location, code) => {
    let asked = 0;
    await using server = await serveHttp((req, res) => {
      asked += 1;
      const next = req.url === '/1' ? '/2' : location;
      res.writeHead(302, { location: next }).end();
    });
    await using it = await openSources();
    const work = it.sources.http({ url: `${server.origin}/1`, target: `${it.path}/f` }, call());
    expect((await failureOf(work)).code).toBe(code);
    expect(asked).toBeLessThanOrEqual(11);
  });

  test.each(['127.0.0.1', '127.0.0.0/8', 'HOST:PORT'])(
    '%s is allowed when it is named',
    async (entry) => {
      await using server = await serveHttp((_req, res) => void res.end('x'));
      const named = entry.replace('HOST:PORT', `127.0.0.1:${server.port}`);
      await using it = await openSources({ allowPrivate: [named] });
      const request = { url: server.origin, target: `${it.path}/f` };
      expect((await it.sources.http(request, call())).kind).toBe('fetched');
    },
  );

  test('another port of a named host is refused', async () => {
    await using it = await openSources({ allowPrivate: ['127.0.0.1:5', 'localhost:5'] });
    const work = it.sources.http({ url: 'http://localhost:6/', target: `${it.path}/f` }, call());
    expect((await failureOf(work)).code).toBe('permission-denied');
  });

  test.each(['', 'a b', '10.0.0.0/33', 'x/8', '[::1', 'a:99999', '*', 'http://x/'])(
    'allow-private refuses the entry %j',
    async (entry) => {
      await expect(openSources({ allowPrivate: [entry] })).rejects.toMatchObject({
        code: 'invalid-argument',
      });
    },
  );
});

describe('authorization', () => {
  const recorder = async (location: string) => {
    const seen: (string | undefined)[] = [];
    const server = await serveHttp((req, res) => {
      seen.push(req.headers.authorization);
      if (req.url === '/to') res.writeHead(302, { location }).end();
      else res.end('x');
    });
    return { seen, server };
  };

  test('goes to the origin of the address, and nowhere else', async () => {
    const there = await recorder('');
    await using _there = there.server;
    const here = await recorder(`${there.server.origin}/f`);
    await using _here = here.server;
    await using it = await openSources();
    const request = {
      url: `${here.server.origin}/to`,
      target: `${it.path}/f`,
      authorization: 'Bearer s',
    };
    await it.sources.http(request, call());
    expect([here.seen, there.seen]).toEqual([['Bearer s'], [undefined]]);
  });

  test('is made of the user in the address', async () => {
    const { seen, server } = await recorder('/f');
    await using _ = server;
    await using it = await openSources();
    const url = `http://us%65r:p%40w@127.0.0.1:${server.port}/to`;
    await it.sources.http({ url, target: `${it.path}/f` }, call());
    const value = `Basic ${Buffer.from('user:p@w').toString('base64')}`;
    expect(seen).toEqual([value, value]);
  });

  test('does not leave https', async () => {
    const cert = await makeTestCert();
    await using plain = await serveHttp((_req, res) => void res.end('x'));
    const tls = createTlsServer({ cert: cert.cert, key: cert.key }, (_req, res) => {
      res.writeHead(302, { location: plain.origin }).end();
    }).listen(0, '127.0.0.1');
    await once(tls, 'listening');
    const url = `https://127.0.0.1:${(tls.address() as AddressInfo).port}/`;
    await using first = await openSources();
    await writeFile(`${first.path}/ca.pem`, cert.ca);
    const target = `${first.path}/f`;
    expect((await failureOf(first.sources.http({ url, target }, call()))).code).toBe(
      'failed-precondition',
    );
    await using it = await openSources({ caFile: `${first.path}/ca.pem` });
    const error = await failureOf(it.sources.http({ url, target, authorization: 'x' }, call()));
    expect(error.message).toContain('from https to');
    expect((await it.sources.http({ url, target }, call())).kind).toBe('fetched');
    tls.closeAllConnections();
    tls.close();
  });
});

describe('B-14: servers that harm', () => {
  const limits = {
    headerMs: 300,
    idleMs: 300,
    httpBytes: 100_000,
    minRate: 1000,
    minRateWindowMs: 400,
  };
  const answer = 'HTTP/1.1 200 OK\r\n';

  test.each<[string, (socket: Socket) => void, string]>([
    ['an infinite body', (s) => flood(s, `${answer}\r\n`), 'resource-exhausted'],
    [
      'a length over the limit',
      (s) => s.write(`${answer}content-length: 100001\r\n\r\n`),
      'resource-exhausted',
    ],
    ['a body that is short', (s) => s.end(`${answer}content-length: 10\r\n\r\nabc`), 'unavailable'],
    [
      'two lengths',
      (s) => s.write(`${answer}content-length: 1\r\ncontent-length: 2\r\n\r\nab`),
      'data-loss',
    ],
    ['silence', () => undefined, 'deadline-exceeded'],
    ['silence in the body', (s) => s.write(`${answer}\r\nabc`), 'deadline-exceeded'],
    ['a trickle in the headers', (s) => trickle(s, answer), 'deadline-exceeded'],
    ['a trickle in the body', (s) => trickle(s, `${answer}\r\n`), 'deadline-exceeded'],
    [
      'a header of 1 MiB',
      (s) => s.write(`${answer}x: ${'y'.repeat(1 << 20)}\r\n\r\n`),
      'resource-exhausted',
    ],
    [
      '100,000 headers',
      (s) => s.write(`${answer}${'x: y\r\n'.repeat(100_000)}\r\n`),
      'resource-exhausted',
    ],
    ['what is not http', (s) => s.end('SSH-2.0-x\r\n'), 'data-loss'],
    ['a closed connection', (s) => s.destroy(), 'unavailable'],
  ])('%s ends in a failure, and leaves nothing', async (_what, treat, code) => {
    await using server = await rawServer(treat);
    await using it = await openSources({ limits });
    const target = `${it.path}/f`;
    const error = await failureOf(it.sources.http({ url: server.url, target }, call()));
    expect(error.code).toBe(code);
    expect(await exists(target)).toBe(false);
  });

  test('a cancelled fetch ends with its reason', async () => {
    await using server = await rawServer((s) => flood(s, `${answer}\r\n`));
    await using it = await openSources();
    const signal = AbortSignal.timeout(100);
    const target = `${it.path}/f`;
    expect((await failureOf(it.sources.http({ url: server.url, target }, { signal }))).code).toBe(
      'cancelled',
    );
    expect(await exists(target)).toBe(false);
  });
});

function flood(socket: Socket, head: string): void {
  socket.write(head);
  const more = (): void => {
    while (socket.writable && socket.write(Buffer.alloc(16_384)));
  };
  socket.on('drain', more);
  more();
}

function trickle(socket: Socket, head: string): void {
  socket.write(head);
  const timer = setInterval(() => socket.write('x'), 50);
  socket.once('close', () => clearInterval(timer));
}
