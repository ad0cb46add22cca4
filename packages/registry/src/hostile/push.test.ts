import { describeBytes, makeTestCert, startFakeRegistry } from '@wharf/testing';
import type { Behaviour, FakeRegistry, Fault, TestCert } from '@wharf/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RegistryHostConfig } from '../config.js';
import { createRegistry } from '../registry.js';
import {
  alice,
  call,
  clientOf,
  descriptorOf,
  failureOf,
  noise,
  quick,
  reading,
  refOf,
} from '../test-fixture.js';
import type { Expected } from '../test-fixture.js';

const bytes = noise(300_000);
const blob = descriptorOf(describeBytes(bytes, 'application/octet-stream'));
const other = `sha256:${'0'.repeat(64)}`;
const manifest = Buffer.from('{"schemaVersion":2}');
const type = 'application/vnd.oci.image.manifest.v1+json';
const auth = () => ({ ...call(), auth: alice });

let cert: TestCert;
beforeAll(async () => {
  cert = await makeTestCert();
}, 30_000);

async function push(fake: FakeRegistry, upload: RegistryHostConfig['upload'] = 'stream') {
  await using client = clientOf(fake, {
    hosts: new Map([fake.host, fake.cdn.host].map((host) => [host, { insecure: true, upload }])),
  });
  return await client.pushBlob(refOf(fake.host), blob, reading(bytes), auth());
}

function expectWhole(fake: FakeRegistry): void {
  const stored = fake.store.blob('team/app', blob.digest);
  expect(stored !== undefined && Buffer.from(stored).equals(bytes)).toBe(true);
}

describe('R-35: an upload that the registry', () => {
  const accepted = (location?: string): Fault => ({
    type: 'status',
    status: 202,
    ...(location === undefined ? {} : { headers: { location } }),
  });

  test.each<[string, Behaviour, Expected]>([
    [
      'accepts without Location',
      { method: 'POST', fault: accepted() },
      { code: 'data-loss', text: /without saying where to/ },
    ],
    [
      'accepts with an empty Location',
      { method: 'POST', fault: accepted('') },
      { code: 'data-loss' },
    ],
    [
      'sends to a file',
      { method: 'POST', fault: accepted('file:///etc/passwd') },
      { code: 'failed-precondition', text: /takes the upload to file:.*refused/ },
    ],
    [
      'sends to the metadata service',
      { method: 'POST', fault: accepted('https://169.254.169.254/x') },
      { code: 'failed-precondition', text: /local address/ },
    ],
    [
      'sends to an unnamed loopback address',
      { method: 'POST', fault: accepted('https://127.0.0.1:9/x') },
      { code: 'failed-precondition', text: /local address/ },
    ],
    [
      'sends to plain http that nobody named',
      { method: 'POST', fault: accepted('http://registry.example/x') },
      { code: 'failed-precondition', text: /insecure registry/ },
    ],
    [
      'sends to an address with a user name',
      { method: 'POST', fault: accepted('https://u:p@registry.example/x') },
      { code: 'failed-precondition', text: /user name/ },
    ],
    [
      'sends to nowhere',
      { method: 'POST', fault: accepted('https://') },
      { code: 'failed-precondition' },
    ],
    [
      'moves to a file after the bytes',
      { method: 'PATCH', fault: { type: 'headers', headers: { location: 'file:///x' } } },
      { code: 'failed-precondition' },
    ],
    [
      'shrinks by a byte each time',
      { method: 'PATCH', fault: { type: 'shrink', by: 1 } },
      { code: 'unavailable', text: /kept 299999 of 300000 bytes/ },
    ],
    [
      'empties each time',
      { method: 'PATCH', fault: { type: 'shrink', by: 1 << 30 } },
      { code: 'unavailable', text: /kept 1 of 300000 bytes/ },
    ],
    [
      'says is longer than what was sent',
      { method: 'PATCH', fault: { type: 'headers', headers: { range: '0-300000' } } },
      { code: 'data-loss', text: /says it has 300001 bytes/ },
    ],
    [
      'closes with another digest',
      {
        method: 'PUT',
        fault: { type: 'headers', headers: { 'docker-content-digest': other } },
      },
      { code: 'data-loss', text: /says that it stored sha256:0+, sha256:/ },
    ],
    [
      'closes with 200',
      { method: 'PUT', fault: { type: 'status', status: 200 } },
      { code: 'unavailable', text: /answered 200/ },
    ],
    [
      'never takes',
      { method: 'PATCH', fault: { type: 'stall-request', after: 10 } },
      { code: 'deadline-exceeded', text: /(took nothing for|did not answer within) / },
    ],
    [
      'cuts each time',
      { method: 'PATCH', fault: { type: 'cut-request', after: 9 } },
      { code: 'unavailable' },
    ],
    [
      'answers as if it had the bytes',
      { method: 'PATCH', fault: { type: 'status', status: 202 } },
      { code: 'data-loss', text: /finds another digest/ },
    ],
    [
      'finds too large',
      { method: 'PATCH', fault: { type: 'status', status: 413 } },
      { code: 'failed-precondition', text: /refuses blob .* \(413\)/ },
    ],
    [
      'denies',
      { method: 'POST', fault: { type: 'status', status: 403 } },
      { code: 'permission-denied', text: /as a user who may push it/ },
    ],
    [
      'forgets for ever',
      { method: 'PATCH', fault: { type: 'status', status: 404 } },
      { code: 'unavailable', text: /lost the upload of blob sha256:/ },
    ],
    [
      'redirects with 302',
      {
        method: 'PATCH',
        fault: { type: 'status', status: 302, headers: { location: 'https://elsewhere.example/' } },
      },
      { code: 'unavailable', text: /answered 302/ },
    ],
    [
      'redirects in a circle',
      {
        method: 'POST',
        fault: {
          type: 'status',
          status: 307,
          headers: { location: '/v2/team/app/blobs/uploads/' },
        },
      },
      { code: 'unavailable', text: /redirects more than 5 times/ },
    ],
    [
      'challenges for ever',
      { method: 'PATCH', fault: { type: 'status', status: 401 } },
      { code: 'unauthenticated' },
    ],
    [
      'answers with a million headers',
      {
        method: 'PATCH',
        fault: { type: 'raw', bytes: `HTTP/1.1 202 OK\r\n${'A: b\r\n'.repeat(100_000)}\r\n` },
      },
      { code: 'resource-exhausted' },
    ],
  ])('%s', async (_title, behaviour, expected) => {
    await using fake = await startFakeRegistry();
    fake.misbehave({ kind: 'upload', ...behaviour });
    const limits = { ...quick, commitMs: 400, attempts: 3 };
    const hosts = new Map([[fake.host, { insecure: true }]]);
    await using client = createRegistry({ hosts, limits });
    const start = performance.now();
    const failure = await failureOf(
      client.pushBlob(refOf(fake.host), blob, reading(bytes), auth()),
    );
    expect(failure.code).toBe(expected.code);
    if (expected.text !== undefined) expect(failure.message).toMatch(expected.text);
    expect(failure.message).toMatch(/127\.0\.0\.1|169\.254/);
    expect(performance.now() - start).toBeLessThan(8000);
    expect(fake.requests.length).toBeLessThan(40);
    if (!failure.message.includes('stored')) {
      expect(await client.blobExists(refOf(fake.host), blob.digest, call())).toBe(false);
    }
  });

  test.each(['PATCH', 'PUT'])(
    'has, but never says so after %s, is found to be there',
    async (method) => {
      await using fake = await startFakeRegistry();
      const limits = { ...quick, commitMs: 300 };
      const hosts = new Map([[fake.host, { insecure: true }]]);
      await using client = createRegistry({ hosts, limits });
      fake.misbehave({ kind: 'upload', method, fault: { type: 'hang' } });
      const work = client.pushBlob(refOf(fake.host), blob, reading(bytes), call());
      expect(await work).toBe('pushed');
      expectWhole(fake);
    },
  );

  test('says yes to before it has the bytes is not believed', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const large = noise(32 << 20);
    const descriptor = descriptorOf(describeBytes(large, 'x/y'));
    fake.misbehave({ method: 'PATCH', fault: { type: 'status', status: 202 } });
    const work = client.pushBlob(refOf(fake.host), descriptor, reading(large), call());
    expect((await failureOf(work)).message).toMatch(/answered before it had all|was closed/);
  });

  test('refuses before it has the bytes is heard', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const large = noise(32 << 20);
    const descriptor = descriptorOf(describeBytes(large, 'x/y'));
    const body = '{"errors":[{"code":"SIZE_INVALID","message":"over your quota"}]}';
    fake.misbehave({ method: 'PATCH', fault: { type: 'status', status: 413, body } });
    const work = client.pushBlob(refOf(fake.host), descriptor, reading(large), call());
    expect((await failureOf(work)).message).toMatch(/\(413\): over your quota/);
  });

  test('takes a part of, is sent the rest', async () => {
    await using fake = await startFakeRegistry();
    fake.misbehave({ method: 'PATCH', times: 1, fault: { type: 'shrink', by: 100_000 } });
    expect(await push(fake)).toBe('pushed');
    expectWhole(fake);
    const patches = fake.requests.filter((r) => r.method === 'PATCH');
    expect(patches.map((r) => [r.headers['content-range'], r.headers['content-length']])).toEqual([
      [undefined, '300000'],
      ['200000-299999', '100000'],
    ]);
  });

  test('cuts at each of 50 offsets, is whole, and the bytes that arrived are not sent again', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    for (let i = 0; i < 50; i++) {
      const after = 2 + Math.floor((bytes.length * i) / 50);
      const before = fake.requests.length;
      fake.misbehave({ method: 'PATCH', times: 1, fault: { type: 'cut-request', after } });
      const ref = refOf(fake.host, `team/app${i}`);
      expect(await client.pushBlob(ref, blob, reading(bytes), call())).toBe('pushed');
      const stored = fake.store.blob(`team/app${i}`, blob.digest)!;
      expect(Buffer.from(stored).equals(bytes)).toBe(true);
      const arrived = fake.requests.slice(before).reduce((sum, r) => sum + r.bytesReceived, 0);
      expect(arrived).toBe(bytes.length);
    }
  }, 30_000);

  test('forgets is begun again from zero', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    fake.misbehave({ method: 'PATCH', times: 1, fault: { type: 'cut-request', after: 100_000 } });
    fake.misbehave({ method: 'GET', times: 1, fault: { type: 'status', status: 404 } });
    const read = reading(bytes);
    const sent: number[] = [];
    const onBytes = (n: number): void => void sent.push(n);
    const options = { ...call(), onBytes };
    expect(await client.pushBlob(refOf(fake.host), blob, read, options)).toBe('pushed');
    expectWhole(fake);
    expect(read.offsets).toEqual([0, 0]);
    expect(sent).toContain(0);
    expect(sent.at(-1)).toBe(bytes.length);
  });

  test('has closed, but whose answer was lost, is found to be there', async () => {
    await using fake = await startFakeRegistry();
    fake.misbehave({ method: 'PUT', times: 1, fault: { type: 'no-answer' } });
    expect(await push(fake)).toBe('pushed');
    expect(fake.requests.filter((r) => r.method === 'PATCH')).toHaveLength(1);
    expect(fake.requests.at(-1)!.method).toBe('HEAD');
  });

  test('answers with 503 and Retry-After goes on (R-33)', async () => {
    await using fake = await startFakeRegistry();
    for (const value of ['-1', '1000000000', 'Thu, 01 Jan 2099 00:00:00 GMT']) {
      const headers = { 'retry-after': value };
      fake.misbehave({ kind: 'upload', times: 1, fault: { type: 'status', status: 503, headers } });
    }
    const start = performance.now();
    expect(await push(fake)).toBe('pushed');
    expect(performance.now() - start).toBeLessThan(2000);
    expectWhole(fake);
  });

  test('single uploads start again after a cut', async () => {
    await using fake = await startFakeRegistry();
    fake.misbehave({ method: 'PUT', times: 1, fault: { type: 'cut-request', after: 1000 } });
    expect(await push(fake, 'single')).toBe('pushed');
    expectWhole(fake);
  });
});

describe('R-35: a Location at another host', () => {
  test.each(['basic', 'bearer'] as const)('gets the bytes and no %s credentials', async (mode) => {
    await using fake = await startFakeRegistry({ auth: mode, uploadsElsewhere: true });
    fake.misbehave({ method: 'PATCH', times: 1, fault: { type: 'cut-request', after: 70_000 } });
    expect(await push(fake)).toBe('pushed');
    expectWhole(fake);
    const elsewhere = fake.requests.filter((r) => r.origin === 'cdn');
    expect(elsewhere.map((r) => r.method)).toEqual(['PATCH', 'GET', 'PATCH', 'PUT']);
    for (const request of elsewhere) {
      expect(request.authorization).toBeUndefined();
      expect(JSON.stringify(request)).not.toMatch(/secret|token-|YWxpY2U6c2VjcmV0/);
    }
  });

  test('that leads back to the registry brings no credentials either', async () => {
    await using fake = await startFakeRegistry({ auth: 'basic', uploadsElsewhere: true });
    const location = `${fake.url}/v2/victim/app/blobs/uploads/u1`;
    fake.misbehave({ method: 'PATCH', fault: { type: 'headers', headers: { location } } });
    const failure = await failureOf(push(fake));
    expect(failure.message).toContain('lost the upload');
    for (const request of fake.requests.filter((r) => r.path.includes('victim'))) {
      expect(request.authorization).toBeUndefined();
    }
  });

  test('that challenges is not given any', async () => {
    await using fake = await startFakeRegistry({ auth: 'basic', uploadsElsewhere: true });
    const headers = { 'www-authenticate': 'Basic realm="give"' };
    fake.misbehave({ method: 'PATCH', fault: { type: 'status', status: 401, headers } });
    expect((await failureOf(push(fake))).code).toBe('unavailable');
    const cdn = fake.requests.filter((r) => r.origin === 'cdn');
    expect(cdn.every((r) => r.authorization === undefined)).toBe(true);
  });

  test('a redirect of the bytes drops the credentials', async () => {
    await using fake = await startFakeRegistry({ auth: 'basic' });
    const headers = { location: `${fake.cdn.url}/v2/team/app/blobs/uploads/u1` };
    fake.misbehave({ method: 'PATCH', times: 1, fault: { type: 'status', status: 307, headers } });
    expect(await push(fake)).toBe('pushed');
    expectWhole(fake);
    const cdn = fake.requests.filter((r) => r.origin === 'cdn');
    expect(cdn.length).toBeGreaterThan(0);
    expect(cdn.every((r) => r.authorization === undefined)).toBe(true);
  });

  test('https does not go on over http', async () => {
    await using plain = await startFakeRegistry();
    await using fake = await startFakeRegistry({ tls: cert });
    const hosts = new Map<string, RegistryHostConfig>([
      [fake.host, { ca: cert.ca }],
      [plain.host, { insecure: true }],
    ]);
    await using client = createRegistry({ hosts, limits: quick });
    const headers = { location: `${plain.url}/v2/team/app/blobs/uploads/u1` };
    fake.misbehave({ method: 'POST', fault: { type: 'headers', headers } });
    const work = client.pushBlob(refOf(fake.host), blob, reading(bytes), auth());
    expect((await failureOf(work)).message).toMatch(/takes the upload from https to http:/);
    expect(plain.requests).toEqual([]);
  });
});

describe('R-35: a mount that the registry', () => {
  async function mount(fake: FakeRegistry) {
    await using client = clientOf(fake);
    fake.store.addPushed('team/base', blob.digest, bytes);
    const mountFrom = [refOf(fake.host, 'team/base')];
    return await client.pushBlob(refOf(fake.host), blob, reading(bytes), { ...call(), mountFrom });
  }

  test('answers with 202 is an upload, which is used', async () => {
    await using fake = await startFakeRegistry({ noMounts: true });
    expect(await mount(fake)).toBe('pushed');
    expectWhole(fake);
    expect(fake.requests.map((r) => r.method)).toEqual(['HEAD', 'POST', 'PATCH', 'PUT']);
  });

  test.each<[string, Fault]>([
    [
      'answers with another digest',
      { type: 'headers', headers: { 'docker-content-digest': other } },
    ],
    ['answers with 202 without Location', { type: 'status', status: 202 }],
    [
      'answers with 202 and a Location of a file',
      { type: 'status', status: 202, headers: { location: 'file:///x' } },
    ],
    ['answers with 404', { type: 'status', status: 404 }],
    ['answers with 500', { type: 'status', status: 500 }],
    ['denies', { type: 'status', status: 403 }],
    ['never answers', { type: 'hang' }],
  ])('%s is passed over: the blob is sent', async (_title, fault) => {
    await using fake = await startFakeRegistry();
    fake.misbehave({ path: 'mount=', fault });
    expect(await mount(fake)).toBe('pushed');
    expectWhole(fake);
  });
});

describe('R-14: a manifest that the registry', () => {
  test('says is stored under another digest is data-loss', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    for (const digest of [other, 'sha256:short', '../../x', 'sha1:00']) {
      const headers = { 'docker-content-digest': digest };
      fake.misbehave({ method: 'PUT', times: 1, fault: { type: 'headers', headers } });
      const work = client.pushManifest(refOf(fake.host), type, manifest, call());
      expect((await failureOf(work)).code).toBe('data-loss');
    }
  });

  test('stores without naming its digest is taken for stored', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    fake.misbehave({ fault: { type: 'without-headers', names: ['docker-content-digest'] } });
    const done = await client.pushManifest(refOf(fake.host), type, manifest, call());
    expect(done).toEqual({ ...describeBytes(manifest, type), subjectHandled: false });
  });

  test('answers after a cut is stored once more', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    fake.misbehave({ method: 'PUT', times: 2, fault: { type: 'no-answer' } });
    await client.pushManifest(refOf(fake.host), type, manifest, call());
    expect(fake.requests.map((r) => r.method)).toEqual(['PUT', 'PUT', 'PUT']);
  });

  test('redirects goes there without credentials (R-22)', async () => {
    await using thief = await startFakeRegistry();
    await using fake = await startFakeRegistry({ auth: 'basic' });
    const hosts = new Map([fake.host, thief.host].map((host) => [host, { insecure: true }]));
    await using client = createRegistry({ hosts, limits: quick });
    const headers = { location: `${thief.url}/v2/team/app/manifests/1` };
    fake.misbehave({ method: 'PUT', fault: { type: 'status', status: 307, headers } });
    await client.pushManifest(refOf(fake.host), type, manifest, auth());
    expect(thief.requests.map((r) => r.authorization)).toEqual([undefined]);
  });
});

describe('R-34: an upload that is cut at 100 random offsets', () => {
  test('arrives whole, whatever the size of its requests', async () => {
    await using fake = await startFakeRegistry();
    const uploads = ['stream', 50_000, 'single'] as const;
    for (let i = 0; i < 100; i++) {
      const upload = uploads[i % uploads.length]!;
      const hosts = new Map([[fake.host, { insecure: true, upload }]]);
      await using client = createRegistry({ hosts, limits: quick });
      const method = upload === 'single' ? 'PUT' : 'PATCH';
      const after = 1 + Math.floor(Math.random() * bytes.length);
      fake.misbehave({ method, times: 1, fault: { type: 'cut-request', after } });
      const ref = refOf(fake.host, `team/random${i}`);
      expect(await client.pushBlob(ref, blob, reading(bytes), call())).toBe('pushed');
      const stored = fake.store.blob(`team/random${i}`, blob.digest)!;
      expect(Buffer.from(stored).equals(bytes)).toBe(true);
    }
  }, 60_000);
});
