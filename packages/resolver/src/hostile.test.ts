import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadNative } from '@wharf/linux/native';
import packet from 'dns-packet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answersQuestion, parseQuery, readAddresses, type Query } from './message.js';
import { isPermissible } from './permits.js';
import { Service } from './service.js';
import { framed } from './upstream.js';

/** N-12 of the list of hostile inputs. */
const header = Buffer.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
const ending = Buffer.from([0, 1, 0, 1]);
const good = packet.encode({ type: 'query', id: 7, questions: [{ name: 'two', type: 'A' }] });

describe('a question is refused in a moment', () => {
  test.each([
    ['with a name that points to itself', Buffer.from([0xc0, 12])],
    ['with two names that point to each other', Buffer.from([0xc0, 14, 0xc0, 12])],
    ['with a label of 64 bytes', Buffer.concat([Buffer.alloc(65, 64), Buffer.from([0])])],
    [
      'with a name of 300 bytes',
      Buffer.concat([...Array.from({ length: 5 }, () => Buffer.alloc(60, 59)), Buffer.from([0])]),
    ],
    ['with a name that does not end', Buffer.alloc(40, 3)],
    ['with a name of 64 KiB', Buffer.concat([Buffer.alloc(65_000, 1), Buffer.from([0])])],
  ])('%s', (_, name) => {
    const begin = performance.now();
    for (let n = 0; n < 100; n++)
      expect(parseQuery(Buffer.concat([header, name, ending])).kind).toBe('refuse');
    expect(performance.now() - begin).toBeLessThan(5000);
  });
});

test('a response whose names point in circles gives what stands before them', () => {
  const question = good.subarray(12);
  const record = (name: number[]): Buffer =>
    Buffer.concat([Buffer.from(name), Buffer.from([0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 9])]);
  const records = [record([0xc0, 12]), record([0xc0, good.length]), record([70, 1])];
  const response = Buffer.concat([header, question, ...records]);
  response.writeUInt16BE(0xffff, 6);
  const found = readAddresses(response, good.length);
  expect(found.map(({ address }) => address)).toEqual(['192.0.2.9', '192.0.2.9']);
});

test('no response whatever makes the reader fail or give more addresses than it has bytes for', () => {
  const query = parseQuery(good);
  const { end } = (query as { query: Query }).query;
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 12, maxLength: 600 }), (bytes) => {
      const response = Buffer.concat([good, Buffer.from(bytes)]);
      response.writeUInt16BE(0xffff, 6);
      expect(readAddresses(response, end).length).toBeLessThanOrEqual(bytes.length / 14);
      answersQuestion(Buffer.from(bytes), good, (query as { query: Query }).query);
    }),
  );
});

test.each([
  ['198.51.100.1', true],
  ['10.0.0.1', true],
  ['127.0.0.1', false],
  ['0.0.0.0', false],
  ['169.254.169.254', false],
  ['224.0.0.1', false],
  ['255.255.255.255', false],
  ['2001:db8:0:0:0:0:0:1', true],
  ['fd00:0:0:0:0:0:0:1', true],
  ['0:0:0:0:0:0:0:1', false],
  ['0:0:0:0:0:ffff:7f00:1', false],
  ['fe80:0:0:0:0:0:0:1', false],
  ['ff02:0:0:0:0:0:0:1', false],
])('a name may lead to %s: %s', (address, wanted) => {
  expect(isPermissible(address)).toBe(wanted);
});

describe('a resolver', () => {
  const native = loadNative();
  const directory = mkdtempSync(join(tmpdir(), 'wharf-hostile-'));
  const path = join(directory, 'ns');
  const complaints: unknown[] = [];
  const service = new Service({
    native,
    save: () => undefined,
    complain: (error) => complaints.push(error),
  });

  beforeAll(async () => {
    await native.netnsPin(await native.netnsCreate([]), path);
    const network = { networkId: 'n', internal: true, names: ['two'], addresses: ['10.0.0.2'] };
    await service.call({
      op: 'put',
      sandbox: { containerId: 'c1', path, networks: [network], upstream: [] },
    });
  });
  afterAll(async () => {
    await service.call({ op: 'sync', sandboxes: [] });
    await native.netnsUnpin(path);
    rmSync(directory, { recursive: true });
  });

  async function open(): Promise<Socket> {
    const fd = await native.socketInNetns(path, 2, 1, 0);
    return connect({ fd, host: '127.0.0.11', port: 53 } as never);
  }

  async function answered(message: Buffer): Promise<Buffer> {
    const socket = await open();
    socket.write(framed(message));
    const chunks: Buffer[] = [];
    const over = new Promise<void>((resolve) => {
      socket.on('error', () => undefined).once('close', () => resolve());
      socket.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if (Buffer.concat(chunks).length > 2) socket.destroy();
      });
    });
    await over;
    return Buffer.concat(chunks);
  }

  test('hangs up on who sends 64 KiB as one question, and serves the next', async () => {
    expect((await answered(Buffer.alloc(65_535, 63))).length).toBe(0);
    const large = Buffer.concat([header, Buffer.alloc(4000, 1), Buffer.from([0]), ending]);
    expect((await answered(large)).readUInt16BE(4) & 15).toBe(1);
    expect(packet.decode((await answered(good)).subarray(2)).answers).toMatchObject([
      { data: '10.0.0.2' },
    ]);
  });

  test('has at most 32 connections of a container, and ends none of the others', async () => {
    const sockets = await Promise.all(Array.from({ length: 40 }, open));
    for (const socket of sockets) socket.on('error', () => undefined).resume();
    // Some end before the last is open.
    const ended = () => sockets.filter(({ destroyed }) => destroyed).length;
    await expect.poll(ended, { timeout: 10_000 }).toBe(8);
    for (const socket of sockets) socket.destroy();
    await expect
      .poll(async () => (await answered(good)).length, { timeout: 10_000 })
      .toBeGreaterThan(2);
  });

  test('survives 20,000 datagrams of noise', async () => {
    const fd = await native.socketInNetns(path, 2, 2, 0);
    native.bindSocket(fd, '127.0.0.1', 0);
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind({ fd }, () => resolve()));
    const noise = fc
      .sample(fc.uint8Array({ maxLength: 200 }), 200)
      .map((each) => Buffer.from(each));
    for (let n = 0; n < 100; n++) {
      for (const each of noise) socket.send(each, 53, '127.0.0.11', () => undefined);
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.close();
    expect((await answered(good)).length).toBeGreaterThan(20);
    expect(complaints).toEqual([]);
  });
});
