import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { createServer as createTlsServer } from 'node:tls';
import { makeTestCert, startFakeRegistry } from '@wharf/testing';
import type { FakeTls, TestCert } from '@wharf/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RegistryHostConfig } from '../config.js';
import { createRegistry } from '../registry.js';
import type { Registry } from '../registry.js';
import { call, failureOf, noise, quick, refOf } from '../test-fixture.js';

let good: TestCert;
let other: TestCert;
let dir = '';

beforeAll(async () => {
  [good, other] = await Promise.all([makeTestCert(), makeTestCert()]);
  dir = await mkdtemp(`${tmpdir()}/registry-test-`);
}, 30_000);

afterAll(() => rm(dir, { recursive: true, force: true }));

function named(host: string, settings: RegistryHostConfig, limits = {}): Registry {
  const hosts = new Map([[host, settings]]);
  return createRegistry({ hosts, certsDirs: [`${dir}/certs.d`], limits: { ...quick, ...limits } });
}

const serve = async (tls: FakeTls) => {
  const fake = await startFakeRegistry({ tls });
  return { fake, image: fake.store.putImage('team/app', '1', { layers: [noise(10)] }) };
};

/** A TCP server that treats each connection with `treat`. */
async function rawServer(treat: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    treat(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('TLS', () => {
  test('a registry under an authority of the configuration is served', async () => {
    const { fake, image } = await serve(good);
    await using _ = fake;
    await using client = named(fake.host, { ca: good.ca });
    expect(await client.resolve(refOf(fake.host), call())).toEqual(image.descriptor);
  });

  test('certs.d/<host:port> brings authority and client certificate, and names the registry', async () => {
    const { fake, image } = await serve({ ...good, clientCa: good.ca });
    await using _ = fake;
    await using client = createRegistry({ certsDirs: [`${dir}/certs.d`], limits: quick });
    const own = `${dir}/certs.d/${fake.host}`;
    await mkdir(own, { recursive: true });
    await writeFile(`${own}/ca.crt`, good.ca);
    const without = await failureOf(client.resolve(refOf(fake.host), call()));
    expect(without.code).toBe('failed-precondition');
    expect(without.message).toContain(`${own}/client.cert`);
    await writeFile(`${own}/client.cert`, good.cert);
    const keyless = await failureOf(client.resolve(refOf(fake.host), call()));
    expect(keyless.message).toContain(`cannot read ${own}/client.key`);
    await writeFile(`${own}/client.key`, good.key);
    expect(await client.resolve(refOf(fake.host), call())).toEqual(image.descriptor);
  });

  test('R-01: plain http on the https port is named, with the remedy', async () => {
    await using fake = await startFakeRegistry();
    await using client = named(fake.host, { allowLocal: true });
    const failure = await failureOf(client.resolve(refOf(fake.host), call()));
    expect(failure.code).toBe('failed-precondition');
    expect(failure.message).toBe(
      `${fake.host} answers plain http on a port for https: if that is meant, name it as an insecure registry`,
    );
  });

  test('https where plain http was asked for is named as well', async () => {
    const { fake } = await serve(good);
    await using _ = fake;
    await using client = named(fake.host, { insecure: true });
    const failure = await failureOf(client.resolve(refOf(fake.host), call()));
    expect(failure.message).toMatch(/^127\.0\.0\.1:\d+: /);
  });

  test.each([
    [
      'self-signed by a stranger',
      async () => ({ tls: good, ca: undefined }),
      /unknown authority, put the authority's certificate at .*certs\.d\/127\.0\.0\.1:\d+\/ca\.crt/,
    ],
    ['signed by another authority', async () => ({ tls: good, ca: other.ca }), /unknown authority/],
    [
      'expired',
      async () => {
        const c = await makeTestCert({ expired: true });
        return { tls: c, ca: c.ca };
      },
      /it has expired/,
    ],
    [
      'for another name',
      async () => {
        const c = await makeTestCert({ san: 'DNS:elsewhere.example' });
        return { tls: c, ca: c.ca };
      },
      /it is for another name/,
    ],
  ] as const)('R-02: a certificate that is %s', async (_title, make, text) => {
    const { tls, ca } = await make();
    const { fake } = await serve(tls);
    await using _ = fake;
    await using client = named(fake.host, ca === undefined ? { allowLocal: true } : { ca });
    const failure = await failureOf(client.resolve(refOf(fake.host), call()));
    expect(failure.code).toBe('failed-precondition');
    expect(failure.message).toMatch(text);
    expect(fake.requests).toEqual([]);
  });

  test('R-03: a registry that speaks TLS 1.0 only', async () => {
    const ciphers = 'DEFAULT@SECLEVEL=0';
    const { fake } = await serve({ ...good, minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers });
    await using _ = fake;
    await using client = named(fake.host, { ca: good.ca });
    const failure = await failureOf(client.resolve(refOf(fake.host), call()));
    expect(failure.code).toBe('failed-precondition');
    expect(failure.message).toMatch(/TLS before 1\.2/);
  });

  test('NODE_TLS_REJECT_UNAUTHORIZED has no effect', async () => {
    const { fake } = await serve(good);
    await using _ = fake;
    await using client = named(fake.host, { allowLocal: true });
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const failure = await failureOf(client.resolve(refOf(fake.host), call()));
      expect(failure.code).toBe('failed-precondition');
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });
});

describe('R-04, R-05: silence', () => {
  test.each([
    ['after accept', true],
    ['after accept', false],
  ])('%s (https: %j)', async (_title, secure) => {
    await using server = await rawServer(() => undefined);
    await using client = named(server.host, secure ? { allowLocal: true } : { insecure: true }, {
      attempts: 2,
    });
    const failure = await failureOf(client.resolve(refOf(server.host), call()));
    expect(['deadline-exceeded', 'unavailable']).toContain(failure.code);
    expect(failure.message).toContain(server.host);
  });

  test('after the TLS handshake', async () => {
    const server = createTlsServer({ cert: good.cert, key: good.key }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      await using client = named(host, { ca: good.ca }, { attempts: 2 });
      const failure = await failureOf(client.resolve(refOf(host), call()));
      expect(failure.code).toBe('deadline-exceeded');
    } finally {
      server.close();
    }
  });

  test('headers that come byte by byte', async () => {
    await using server = await rawServer((socket) => {
      const text = `HTTP/1.1 200 OK\r\nX-Long: ${'a'.repeat(1000)}`;
      let at = 0;
      const timer = setInterval(() => socket.write(text[at++] ?? 'a'), 50);
      socket.on('close', () => clearInterval(timer));
    });
    await using client = named(server.host, { insecure: true }, { attempts: 2 });
    const failure = await failureOf(client.resolve(refOf(server.host), call()));
    expect(failure.code).toBe('deadline-exceeded');
  });

  test('interim answers without end', async () => {
    await using server = await rawServer((socket) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 5);
      socket.on('close', () => clearInterval(timer));
    });
    await using client = named(server.host, { insecure: true }, { attempts: 2 });
    const failure = await failureOf(client.resolve(refOf(server.host), call()));
    expect(failure.code).toBe('deadline-exceeded');
  });
});
