import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { makeTestCert, startFakeRegistry } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import type { RegistryHostConfig } from '../config.js';
import { createRegistry } from '../registry.js';
import type { Registry } from '../registry.js';
import { call, collect, descriptorOf, failureOf, noise, quick, refOf } from '../test-fixture.js';

/** A proxy for which every name is at `backend`; it wants the user u with the password p. */
async function startProxy(backend: string) {
  const seen: string[] = [];
  const sockets = new Set<Socket>();
  const port = Number(backend.split(':')[1]);
  const allowed = (req: IncomingMessage): boolean => {
    seen.push(`${req.method} ${req.url}`);
    return req.headers['proxy-authorization'] === `Basic ${btoa('u:p')}`;
  };
  const forward = (req: IncomingMessage, res: ServerResponse): void => {
    if (!allowed(req)) return void res.writeHead(407).end();
    const path = new URL(req.url!).pathname;
    const headers = { host: req.headers.host };
    const options = { host: '127.0.0.1', port, path, method: req.method!, headers };
    request(options, (answer) => {
      res.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(res);
    }).end();
  };
  const server = createServer(forward).listen(0, '127.0.0.1');
  server.on('connect', (req, socket: Socket) => {
    sockets.add(socket.on('error', () => undefined));
    if (!allowed(req)) return socket.end('HTTP/1.1 407 No\r\n\r\n');
    const out = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      out.pipe(socket).pipe(out);
    });
    sockets.add(out.on('error', () => undefined));
  });
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const name = 'registry.example';
const client = (proxy: string, settings: RegistryHostConfig): Registry =>
  createRegistry({
    hosts: new Map([[name, settings]]),
    limits: { ...quick, attempts: 2 },
    proxy: { http: `http://${proxy}`, https: `http://${proxy}` },
  });

describe('through a proxy', () => {
  test('https goes through a tunnel, and its certificate is checked for the registry', async () => {
    const cert = await makeTestCert({ san: `DNS:${name}` });
    await using fake = await startFakeRegistry({ tls: cert });
    await using proxy = await startProxy(fake.host);
    await using registry = client(`u:p@${proxy.host}`, { ca: cert.ca });
    const bytes = noise(500_000);
    const blob = descriptorOf(fake.store.putBlob(bytes));
    const got = await collect(registry.fetchBlob(refOf(name), blob, 0, call()));
    expect(got.equals(bytes)).toBe(true);
    await collect(registry.fetchBlob(refOf(name), blob, 0, call()));
    expect(proxy.seen).toEqual([`CONNECT ${name}:443`]);
    await using wrong = client(`u:p@${proxy.host}`, {});
    const failure = await failureOf(wrong.resolve(refOf(name), call()));
    expect(failure.message).toMatch(/^cannot trust the certificate of registry\.example/);
  });

  test('plain http is asked for by its whole address', async () => {
    await using fake = await startFakeRegistry();
    await using proxy = await startProxy(fake.host);
    await using registry = client(`u:p@${proxy.host}`, { insecure: true });
    const { descriptor } = fake.store.putImage('team/app', '1', { layers: [] });
    expect(await registry.resolve(refOf(name), call())).toEqual(descriptor);
    expect(proxy.seen).toEqual([`HEAD http://${name}/v2/team/app/manifests/1`]);
    expect(fake.requests[0]!.headers.host).toBe(name);
  });

  test('a proxy that refuses is named, its password is not', async () => {
    await using fake = await startFakeRegistry();
    await using proxy = await startProxy(fake.host);
    await using registry = client(`u:wrong@${proxy.host}`, {});
    const failure = await failureOf(registry.resolve(refOf(name), call()));
    expect(failure.code).toBe('unavailable');
    expect(failure.message).toBe(`proxy ${proxy.host}: refuses the tunnel with status 407`);
  });

  test('a local address does not become allowed by a proxy', async () => {
    await using fake = await startFakeRegistry();
    await using proxy = await startProxy(fake.host);
    await using registry = client(proxy.host, {});
    const failure = await failureOf(registry.resolve(refOf('169.254.169.254'), call()));
    expect(failure.message).toMatch(/local address/);
    expect(proxy.seen).toEqual([]);
  });
});
