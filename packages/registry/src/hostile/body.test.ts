import { startFakeRegistry } from '@wharf/testing';
import type { Fault } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import {
  call,
  clientOf,
  collect,
  descriptorOf,
  failureOf,
  noise,
  quick,
  refOf,
} from '../test-fixture.js';
import type { Expected } from '../test-fixture.js';

const bytes = noise(100_000);
const raw = (head: string, body: string | Uint8Array = bytes): Fault => ({
  type: 'raw',
  bytes: Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`), Buffer.from(body)]),
});

/** What becomes of a blob of 100,000 bytes when every answer has this fault. */
async function fetchWith(fault: Fault, offset = 0) {
  await using fake = await startFakeRegistry();
  await using client = clientOf(fake, {
    hosts: new Map([[fake.host, { insecure: true }]]),
    limits: { ...quick, attempts: 2 },
  });
  const blob = descriptorOf(fake.store.putBlob(bytes));
  fake.misbehave({ fault });
  let handedOn = 0;
  const work = collect(
    client.fetchBlob(refOf(fake.host), blob, offset, {
      ...call(),
      onBytes: (n) => (handedOn += n),
    }),
  );
  const failure = await failureOf(work);
  return { failure, handedOn, fake };
}

describe('a blob whose server', () => {
  test.each<[string, Fault, Expected]>([
    [
      'R-05 sends a byte now and then',
      { type: 'drip', bytes: 1, everyMs: 60 },
      { code: 'deadline-exceeded', text: /less than 1024 bytes a second/ },
    ],
    [
      'R-05 stops in the middle',
      { type: 'hang-body', after: 10_000 },
      { code: 'deadline-exceeded', text: /sent nothing for/ },
    ],
    ['R-06 always closes at once', { type: 'cut', after: 0 }, { code: 'unavailable' }],
    [
      'R-07 announces too few bytes',
      { type: 'content-length', delta: -1 },
      { code: 'data-loss', text: /comes with 99999 bytes, expected 100000/ },
    ],
    ['R-07 announces too many bytes', { type: 'content-length', delta: 1 }, { code: 'data-loss' }],
    ['R-07 announces a negative length', raw('Content-Length: -5'), { code: 'data-loss' }],
    [
      'R-07 announces two lengths',
      raw('Content-Length: 100000\r\nContent-Length: 5'),
      { code: 'data-loss' },
    ],
    [
      'R-07 announces a length and chunks',
      raw('Content-Length: 100000\r\nTransfer-Encoding: chunked'),
      { code: 'data-loss' },
    ],
    [
      'R-08 sends chunks without end',
      { type: 'infinite' },
      { code: 'data-loss', text: /longer than 100000/ },
    ],
    [
      'R-09 sends a header of 1 MiB',
      raw(`X: ${'a'.repeat(1 << 20)}`),
      { code: 'resource-exhausted', text: /headers .* larger than 64 KiB/ },
    ],
    ['R-09 sends 100,000 headers', raw('A: b\r\n'.repeat(100_000)), { code: 'resource-exhausted' }],
    ['R-16 sends one byte more', { type: 'append', bytes: 1 }, { code: 'data-loss' }],
    [
      'R-31 encodes a thousand times',
      {
        type: 'headers',
        headers: {
          'content-encoding': Array(1000).fill('gzip').join(', '),
          'content-length': '99',
        },
      },
      { code: 'data-loss' },
    ],
    [
      'R-31 encodes with br',
      raw('Content-Encoding: br\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
      { code: 'data-loss', text: /identity/ },
    ],
    [
      'sends no http',
      { type: 'raw', bytes: 'SSH-2.0-OpenSSH_9.2\r\n' },
      { code: 'data-loss', text: /not valid http/ },
    ],
    [
      'switches protocols',
      { type: 'raw', bytes: 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n' },
      { code: 'unavailable' },
    ],
    ['answers 204', { type: 'status', status: 204 }, { code: 'unavailable' }],
    [
      'answers 206 to a request for all',
      {
        type: 'status',
        status: 206,
        headers: { 'content-range': 'bytes 0-99999/100000' },
        body: bytes,
      },
      { code: 'data-loss' },
    ],
    ['answers 304', { type: 'status', status: 304 }, { code: 'unavailable' }],
    ['answers 500', { type: 'status', status: 500 }, { code: 'unavailable', text: /answered 500/ }],
    [
      'answers 500 with a body without end',
      {
        type: 'raw',
        bytes: `HTTP/1.1 500 No\r\nContent-Length: 99999999\r\n\r\n${'x'.repeat(70_000)}`,
      },
      { code: 'unavailable', text: /answered 500/ },
    ],
  ])('%s', async (_title, fault, expected) => {
    const { failure, handedOn } = await fetchWith(fault);
    expect(failure.code).toBe(expected.code);
    if (expected.text !== undefined) expect(failure.message).toMatch(expected.text);
    expect(failure.message).toMatch(/127\.0\.0\.1:\d+/);
    expect(handedOn).toBeLessThanOrEqual(bytes.length);
  });

  test('R-07 leaves the length out is served', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const blob = descriptorOf(fake.store.putBlob(bytes));
    fake.misbehave({ fault: { type: 'no-length' } });
    const got = await collect(client.fetchBlob(refOf(fake.host), blob, 0, call()));
    expect(got.equals(bytes)).toBe(true);
  });

  test('R-31 labels a blob of the right length with gzip is served', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const blob = descriptorOf(fake.store.putBlob(bytes));
    fake.misbehave({ fault: { type: 'headers', headers: { 'content-encoding': 'gzip' } } });
    const got = await collect(client.fetchBlob(refOf(fake.host), blob, 0, call()));
    expect(got.equals(bytes)).toBe(true);
  });
});

describe('a slow consumer', () => {
  test('is not taken for a silent server', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake, {
      hosts: new Map([[fake.host, { insecure: true }]]),
      limits: { ...quick, idleMs: 100, minRateWindowMs: 100, attempts: 1 },
    });
    const blob = descriptorOf(fake.store.putBlob(noise(3_000_000)));
    let size = 0;
    let pauses = 3;
    for await (const part of client.fetchBlob(refOf(fake.host), blob, 0, call())) {
      size += part.length;
      if (pauses-- > 0) await new Promise((resolve) => setTimeout(resolve, 250));
    }
    expect(size).toBe(3_000_000);
  });
});

describe('R-06, R-34: cut connections', () => {
  test('a blob cut at each of 100 offsets arrives whole, without a byte twice', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const blob = descriptorOf(fake.store.putBlob(bytes));
    for (let i = 0; i < 100; i++) {
      const before = fake.bytesSent(blob.digest);
      fake.misbehave({ times: 1, fault: { type: 'cut', after: i * 1000 } });
      const got = await collect(client.fetchBlob(refOf(fake.host), blob, 0, call()));
      expect(got.equals(bytes)).toBe(true);
      expect(fake.bytesSent(blob.digest) - before).toBeLessThanOrEqual(2 * bytes.length);
    }
    expect(fake.requests.filter((r) => r.headers.range !== undefined).length).toBeGreaterThan(50);
  }, 20_000);

  test('documents cut at each of 100 offsets arrive whole', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const { descriptor, manifest } = fake.store.putImage('team/app', '1', { layers: [bytes] });
    for (let i = 0; i < 100; i++) {
      const after = Math.floor((manifest.length * i) / 100);
      fake.misbehave({ times: 1, fault: { type: 'cut', after } });
      const got = await client.fetchDocument(
        refOf(fake.host),
        descriptorOf(descriptor),
        'manifest',
        call(),
      );
      expect(got).toEqual(manifest);
    }
  }, 20_000);

  test('a resume from 100 random offsets gives the rest', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const blob = descriptorOf(fake.store.putBlob(bytes));
    for (let i = 0; i < 100; i++) {
      const offset = Math.floor(Math.random() * bytes.length);
      const got = await collect(client.fetchBlob(refOf(fake.host), blob, offset, call()));
      expect(got.equals(bytes.subarray(offset))).toBe(true);
    }
  }, 20_000);

  test('progress renews the tries: a blob that is cut after each 2 MiB arrives', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const large = noise(16 << 20);
    const blob = descriptorOf(fake.store.putBlob(large));
    fake.misbehave({ times: 7, fault: { type: 'cut', after: 2 << 20 } });
    const got = await collect(client.fetchBlob(refOf(fake.host), blob, 0, call()));
    expect(got.equals(large)).toBe(true);
  });

  test('without progress five tries are the end', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const blob = descriptorOf(fake.store.putBlob(bytes));
    fake.misbehave({ fault: { type: 'cut', after: 10 } });
    const failure = await failureOf(collect(client.fetchBlob(refOf(fake.host), blob, 0, call())));
    expect(failure.code).toBe('unavailable');
    expect(fake.requests).toHaveLength(5);
  });
});

describe('R-32: ranges', () => {
  async function resumeWith(fault: Fault) {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const blob = descriptorOf(fake.store.putBlob(bytes));
    fake.misbehave({ times: 1, fault: { type: 'cut', after: 30_000 } });
    fake.misbehave({ fault });
    return await collect(client.fetchBlob(refOf(fake.host), blob, 0, call()));
  }

  test('a server that ignores Range sends the whole, of which the known part is skipped', async () => {
    expect((await resumeWith({ type: 'ignore-range' })).equals(bytes)).toBe(true);
  });

  test.each<[string, Fault]>([
    ['another start', { type: 'content-range', value: 'bytes 0-69999/100000' }],
    ['another end', { type: 'content-range', value: 'bytes 30000-99998/100000' }],
    ['another total', { type: 'content-range', value: 'bytes 30000-99999/100001' }],
    ['no numbers', { type: 'content-range', value: 'bytes */*' }],
    ['a body that goes on', { type: 'append', bytes: 5 }],
    ['another ETag', { type: 'headers', headers: { etag: '"other"' } }],
    ['416', { type: 'status', status: 416 }],
  ])('a second part with %s is data-loss', async (_title, fault) => {
    expect((await failureOf(resumeWith(fault))).code).toBe('data-loss');
  });
});

describe('R-33: Retry-After', () => {
  test.each(['0', '-1', '1000000000', 'Thu, 01 Jan 2099 00:00:00 GMT', 'soon'])(
    '%j is honoured as far as it is sane',
    async (value) => {
      await using fake = await startFakeRegistry();
      await using client = clientOf(fake);
      const { descriptor } = fake.store.putImage('team/app', '1', { layers: [] });
      const headers = { 'retry-after': value };
      fake.misbehave({ times: 2, fault: { type: 'status', status: 429, headers } });
      fake.misbehave({ times: 2, fault: { type: 'status', status: 503, headers } });
      const start = performance.now();
      expect(await client.resolve(refOf(fake.host), call())).toEqual(descriptor);
      expect(performance.now() - start).toBeLessThan(5000);
    },
  );

  test('429 for ever is unavailable, with the remedy', async () => {
    const { failure, fake } = await fetchWith({ type: 'status', status: 429 });
    expect(failure.code).toBe('unavailable');
    expect(failure.message).toBe(
      `${fake.host} limits the rate of requests: wait, or run wharf login ${fake.host}`,
    );
  });
});
