import { makeTestCert, startFakeRegistry } from '@wharf/testing';
import type { FakeRegistry, TestCert } from '@wharf/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RegistryHostConfig } from '../config.js';
import { Hosts } from '../net/hosts.js';
import { createRegistry } from '../registry.js';
import {
  alice,
  call,
  clientOf,
  collect,
  descriptorOf,
  failureOf,
  noise,
  quick,
  refOf,
} from '../test-fixture.js';

let cert: TestCert;
beforeAll(async () => {
  cert = await makeTestCert();
}, 30_000);

const auth = (): ReturnType<typeof call> & { auth: typeof alice } => ({ ...call(), auth: alice });

/** Nothing of the credentials in any request but those to `origins`. */
function expectNoLeak(fakes: readonly FakeRegistry[], ...origins: string[]): void {
  for (const request of fakes.flatMap((fake) => fake.requests)) {
    if (origins.includes(request.origin)) continue;
    expect(request.authorization).toBeUndefined();
    expect(JSON.stringify(request)).not.toMatch(/secret|token-|YWxpY2U6c2VjcmV0/);
  }
}

describe('R-20: realms', () => {
  test.each([
    ['another host over http', (thief: FakeRegistry) => `${thief.url}/token`],
    ['a port of this host over http', () => 'http://127.0.0.1:9/token'],
    ['a file', () => 'file:///etc/passwd'],
    ['the metadata service', () => 'http://169.254.169.254/'],
    ['the metadata service over https', () => 'https://169.254.169.254/'],
    ['a unix socket', () => 'unix:/run/docker.sock'],
    ['no scheme', () => '//host/token'],
    ['a user name', (_: FakeRegistry, fake: FakeRegistry) => `http://u:p@${fake.host}/token`],
    ['1 MiB', (_: FakeRegistry, fake: FakeRegistry) => `${fake.url}/${'a'.repeat(50_000)}`],
    ['an unnamed local server over https', (thief: FakeRegistry) => `https://${thief.host}/token`],
    ['nothing', () => ''],
  ])('a realm of %s is refused and gets nothing', async (_title, realm) => {
    await using thief = await startFakeRegistry();
    const options = { auth: 'bearer' as const, realm: 'unset' };
    await using fake = await startFakeRegistry(options);
    await using client = createRegistry({
      hosts: new Map([[fake.host, { insecure: true }]]),
      limits: quick,
    });
    const header = `Bearer realm="${realm(thief, fake)}",service="s"`;
    const headers = { 'www-authenticate': header };
    fake.misbehave({ kind: 'manifest', fault: { type: 'status', status: 401, headers } });
    const failure = await failureOf(client.resolve(refOf(fake.host), auth()));
    expect(failure.code).toBe('failed-precondition');
    expect(thief.requests).toEqual([]);
    expect(fake.requests.filter((r) => r.authorization !== undefined)).toEqual([]);
  });

  test('a separate token server over plain http is refused even when it is named insecure', async () => {
    await using fake = await startFakeRegistry({ auth: 'bearer', separateTokenServer: true });
    await using client = createRegistry({
      hosts: new Map([fake.host, fake.tokens.host].map((h) => [h, { insecure: true }])),
      limits: quick,
    });
    const failure = await failureOf(client.resolve(refOf(fake.host), auth()));
    expect(failure.message).toMatch(/would send them unprotected/);
    expectNoLeak([fake]);
  });

  test('a separate token server over https is used', async () => {
    await using fake = await startFakeRegistry({
      tls: cert,
      auth: 'bearer',
      separateTokenServer: true,
    });
    const hosts = new Map<string, RegistryHostConfig>(
      [fake.host, fake.tokens.host].map((host) => [host, { ca: cert.ca }]),
    );
    await using client = createRegistry({ hosts, limits: quick });
    const { descriptor } = fake.store.putImage('team/app', '1', { layers: [] });
    expect(await client.resolve(refOf(fake.host), auth())).toEqual(descriptor);
    expectNoLeak([fake], 'registry', 'token');
    expect(
      fake.requests.filter((r) => r.origin === 'registry').map((r) => r.authorization),
    ).toEqual([undefined, 'Bearer token-1-alice']);
  });

  test.each([
    ['1,000 challenges', 'Digest realm="x", '.repeat(1000)],
    ['no challenge', undefined],
    ['an unknown scheme', 'Negotiate'],
    ['an endless quote', `Bearer realm="${'x'.repeat(50_000)}`],
  ])('%s ends as unauthenticated or refused', async (_title, header) => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const headers = header === undefined ? {} : { 'www-authenticate': header };
    fake.misbehave({ fault: { type: 'status', status: 401, headers } });
    const failure = await failureOf(client.resolve(refOf(fake.host), auth()));
    expect(['unauthenticated', 'failed-precondition']).toContain(failure.code);
    expectNoLeak([fake]);
  });

  test('a line break in a challenge ends the answer as a fault', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const bytes =
      'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="\rx"\r\nContent-Length: 0\r\n\r\n';
    fake.misbehave({ fault: { type: 'raw', bytes } });
    const failure = await failureOf(client.resolve(refOf(fake.host), auth()));
    expect(failure.code).toBe('data-loss');
  });
});

describe('R-21: tokens', () => {
  test('401 for ever ends after a few requests', async () => {
    await using fake = await startFakeRegistry({ auth: 'bearer' });
    await using client = clientOf(fake);
    const headers = { 'www-authenticate': `Bearer realm="${fake.url}/token",service="s"` };
    fake.misbehave({ kind: 'manifest', fault: { type: 'status', status: 401, headers } });
    const failure = await failureOf(client.resolve(refOf(fake.host), auth()));
    expect(failure.code).toBe('unauthenticated');
    expect(failure.message).toContain(`run wharf login ${fake.host}`);
    expect(fake.requests.length).toBeLessThanOrEqual(6);
  });

  test.each([
    ['of 10 MiB', JSON.stringify({ token: 'a'.repeat(10 << 20) }), 'resource-exhausted'],
    ['with a line break', JSON.stringify({ token: 'a\r\nX-Evil: 1' }), 'data-loss'],
    ['with a space', JSON.stringify({ token: 'a b' }), 'data-loss'],
    ['that is a number', JSON.stringify({ token: 7 }), 'data-loss'],
    ['that is empty', JSON.stringify({ token: '' }), 'data-loss'],
    ['in no document', 'token', 'data-loss'],
    ['in a list', '[]', 'data-loss'],
  ])('a token %s is %s', async (_title, body, code) => {
    await using fake = await startFakeRegistry({ auth: 'bearer' });
    await using client = clientOf(fake);
    fake.misbehave({ kind: 'token', fault: { type: 'status', status: 200, body } });
    expect((await failureOf(client.resolve(refOf(fake.host), auth()))).code).toBe(code);
  });

  test.each([-1, 0, 1e12, 1.5])('expires_in %j is taken within reason', async (expiresIn) => {
    await using fake = await startFakeRegistry({ auth: 'bearer', expiresIn });
    await using client = clientOf(fake);
    const { descriptor } = fake.store.putImage('team/app', '1', { layers: [] });
    expect(await client.resolve(refOf(fake.host), auth())).toEqual(descriptor);
  });

  test('a redirect of the token server is not followed', async () => {
    await using thief = await startFakeRegistry();
    await using fake = await startFakeRegistry({ auth: 'bearer' });
    await using client = clientOf(fake);
    const headers = { location: `${thief.url}/token` };
    fake.misbehave({ kind: 'token', fault: { type: 'status', status: 307, headers } });
    expect((await failureOf(client.resolve(refOf(fake.host), auth()))).code).toBe('unavailable');
    expect(thief.requests).toEqual([]);
  });
});

describe('R-22, R-23: redirects', () => {
  test.each(['basic', 'bearer'] as const)('%s credentials stay at the registry', async (mode) => {
    await using fake = await startFakeRegistry({ auth: mode, redirectBlobs: true });
    await using client = clientOf(fake);
    const bytes = noise(200_000);
    const blob = descriptorOf(fake.store.putBlob(bytes));
    fake.misbehave({ kind: 'cdn', times: 1, fault: { type: 'cut', after: 70_000 } });
    const got = await collect(client.fetchBlob(refOf(fake.host), blob, 0, auth()));
    expect(got.equals(bytes)).toBe(true);
    const cdn = fake.requests.filter((r) => r.origin === 'cdn');
    expect(cdn.map((r) => r.headers.range)).toEqual([
      undefined,
      expect.stringMatching(/^bytes=[1-9]/),
    ]);
    expectNoLeak([fake], 'registry');
  });

  test('a client certificate is not shown to the target of a redirect', async () => {
    await using fake = await startFakeRegistry({
      tls: { ...cert, clientCa: cert.ca },
      redirectBlobs: true,
    });
    await using client = createRegistry({
      hosts: new Map<string, RegistryHostConfig>([
        [fake.cdn.host, { ca: cert.ca }],
        [fake.host, { ca: cert.ca }],
      ]),
      limits: quick,
    });
    const blob = descriptorOf(fake.store.putBlob(noise(10)));
    const work = collect(client.fetchBlob(refOf(fake.host), blob, 0, call()));
    expect((await failureOf(work)).message).toContain('client certificate');
  });

  test('an address that has expired is asked for again', async () => {
    await using fake = await startFakeRegistry({ redirectBlobs: true });
    await using client = clientOf(fake);
    const blob = descriptorOf(fake.store.putBlob(noise(10)));
    fake.misbehave({ kind: 'cdn', times: 1, fault: { type: 'status', status: 403 } });
    expect(await collect(client.fetchBlob(refOf(fake.host), blob, 0, call()))).toHaveLength(10);
  });

  test.each([
    ['a file', 'file:///etc/passwd', /only http and https/],
    ['a link-local address', 'https://169.254.169.254/x', /local address/],
    ['an unnamed loopback address', 'https://127.0.0.1:9/x', /local address/],
    ['loopback in other words', 'https://0x7f.1:9/x', /local address/],
    ['loopback as IPv6', 'https://[::ffff:127.0.0.1]:9/x', /local address/],
    ['localhost', 'https://localhost:9/x', /local address/],
    ['plain http that nobody named', 'http://registry.example/x', /insecure registry/],
    ['a user name', 'https://u:p@registry.example/x', /user name/],
    ['nowhere', 'https://', /without a valid address/],
    ['itself', '', /redirects more than 5 times/],
  ])('a redirect to %s is refused', async (_title, location, text) => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const blob = descriptorOf(fake.store.putBlob(noise(10)));
    const headers = { location: location || `${fake.url}/v2/team/app/blobs/${blob.digest}` };
    fake.misbehave({ kind: 'blob', fault: { type: 'status', status: 307, headers } });
    const work = collect(client.fetchBlob(refOf(fake.host), blob, 0, auth()));
    expect((await failureOf(work)).message).toMatch(text);
    expect(fake.requests.length).toBeLessThanOrEqual(6);
    expectNoLeak([fake]);
  });

  test('https to http is refused even where plain http was named', async () => {
    await using plain = await startFakeRegistry();
    await using fake = await startFakeRegistry({ tls: cert });
    const hosts = new Map<string, RegistryHostConfig>([
      [fake.host, { ca: cert.ca }],
      [plain.host, { insecure: true }],
    ]);
    await using client = createRegistry({ hosts, limits: quick });
    const headers = { location: `${plain.url}/v2/team/app/manifests/1` };
    fake.misbehave({ fault: { type: 'status', status: 307, headers } });
    const failure = await failureOf(client.resolve(refOf(fake.host), call()));
    expect(failure.message).toMatch(/from https to http:/);
    expect(plain.requests).toEqual([]);
  });
});

describe('hosts that nobody named', () => {
  test.each(['127.0.0.1:PORT', 'localhost:PORT', '[::1]:PORT'])('%s is refused', async (host) => {
    await using fake = await startFakeRegistry();
    await using client = createRegistry({ limits: quick });
    const domain = host.replace('PORT', fake.host.split(':')[1]!);
    const failure = await failureOf(client.resolve(refOf(domain), auth()));
    expect(failure.code).toBe('failed-precondition');
    expect(failure.message).toMatch(/is a local address: refused, name .* among/);
    expect(fake.requests).toEqual([]);
  });
});

describe('R-26: what is said of one host', () => {
  test.each([
    'docker.io.evil.com',
    'evil.docker.io',
    'registry-1.docker.io.evil.com',
    'docker.io:5000',
    'index.docker.io.evil.com',
    'xdocker.io',
  ])('is not said of %s', (host) => {
    const own = { insecure: false, credentials: { username: 'a', passwordFile: '/x' } };
    const hosts = new Hosts({ hosts: new Map([['docker.io', own]]) });
    expect(hosts.settings('docker.io')).toBe(own);
    expect(hosts.settings('DOCKER.IO:443')).toBe(own);
    expect(hosts.settings(host)).toBeUndefined();
  });

  test.each(['https://index.docker.io/v1/', 'registry.example/path', 'registry.example:05000'])(
    'is not said under the key %s',
    (key) => {
      const hosts = new Hosts({ hosts: new Map([[key, { insecure: true }]]) });
      for (const host of ['docker.io', 'registry.example', 'registry.example:5000']) {
        expect(hosts.settings(host)).toBeUndefined();
      }
    },
  );
});
