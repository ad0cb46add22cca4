import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadNative } from '@wharf/linux/native';
import type { ResolverSandbox, ResolverState } from '@wharf/api/resolver';
import packet from 'dns-packet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Service } from './service.js';
import { framed } from './upstream.js';

const native = loadNative();
const directory = mkdtempSync(join(tmpdir(), 'wharf-resolver-'));
const path = join(directory, 'ns');
const complaints: unknown[] = [];
const saved: ResolverState[] = [];
const upstreamAddress = '127.0.53.53';
const service = new Service({
  native,
  save: (all) => saved.push(all),
  complain: (error) => complaints.push(error),
});
const inSandbox: ResolverSandbox = {
  containerId: 'c1',
  path,
  networks: [{ networkId: 'n', internal: false, names: ['one'], addresses: ['10.0.0.1'] }],
  upstream: [upstreamAddress],
};

beforeAll(async () => {
  await native.netnsPin(await native.netnsCreate([]), path);
  await service.call({ op: 'put', sandbox: inSandbox });
  await service.call({
    op: 'put',
    sandbox: {
      containerId: 'c2',
      path: '',
      networks: [{ networkId: 'n', internal: false, names: ['two'], addresses: ['10.0.0.2'] }],
      upstream: [],
    },
  });
});
afterAll(async () => {
  await service.call({ op: 'sync', sandboxes: [] });
  await native.netnsUnpin(path);
  rmSync(directory, { recursive: true });
});

const question = (name: string) =>
  packet.encode({ type: 'query', id: 77, questions: [{ name, type: 'A' }] });

/** From inside the namespace. */
async function askUdp(name: string): Promise<packet.DecodedPacket> {
  const fd = await native.socketInNetns(path, 2, 2, 0);
  native.bindSocket(fd, '127.0.0.1', 0);
  const socket = createSocket('udp4');
  const answer = new Promise<Buffer>((resolve) => socket.once('message', resolve));
  await new Promise<void>((resolve) => socket.bind({ fd }, () => resolve()));
  socket.send(question(name), 53, '127.0.0.11');
  try {
    return packet.decode(await answer);
  } finally {
    socket.close();
  }
}

const data = (answer: packet.DecodedPacket) =>
  (answer.answers ?? []).map((each) => ('data' in each ? each.data : undefined));

/** A server of the host that knows every name, over both transports. */
async function upstream(): Promise<AsyncDisposable> {
  const reply = (asked: Buffer) =>
    packet.encode({
      type: 'response',
      id: packet.decode(asked).id ?? 0,
      questions: packet.decode(asked).questions ?? [],
      answers: [{ name: 'x', type: 'A', ttl: 9, data: '192.0.2.1' }],
    });
  const udp = createSocket('udp4');
  udp.on('message', (asked, from) => {
    // What does not answer the question is not believed.
    udp.send(question('x'), from.port, from.address);
    udp.send(
      reply(Buffer.concat([Buffer.from([0, 0]), asked.subarray(2)])),
      from.port,
      from.address,
    );
    udp.send(reply(asked), from.port, from.address);
  });
  const tcp = createServer((socket) => {
    socket.on('data', (bytes) => socket.end(framed(reply(bytes.subarray(2)))));
  });
  await new Promise<void>((resolve) => udp.bind(53, upstreamAddress, () => resolve()));
  await new Promise<void>((resolve) => tcp.listen(53, upstreamAddress, () => resolve()));
  return {
    async [Symbol.asyncDispose]() {
      udp.close();
      await new Promise((resolve) => tcp.close(resolve));
    },
  };
}

test('a container asks at 127.0.0.11 for the names of its network', async () => {
  expect(data(await askUdp('two'))).toEqual(['10.0.0.2']);
  expect(data(await askUdp('one'))).toEqual(['10.0.0.1']);
  expect(saved.at(-1)?.sandboxes.map(({ containerId }) => containerId)).toEqual(['c1', 'c2']);
});

test('other names are asked of the servers of the container, and lies are not believed', async () => {
  await using _ = await upstream();
  const answer = await askUdp('example.org');
  expect(answer.id).toBe(77);
  expect(data(answer)).toEqual(['192.0.2.1']);
});

test('servers that do not answer are a failure', async () => {
  expect(await askUdp('nobody.example')).toMatchObject({ rcode: 'SERVFAIL' });
});

test('questions over TCP come one after the other on a connection', async () => {
  await using _ = await upstream();
  const fd = await native.socketInNetns(path, 2, 1, 0);
  const socket = connect({ fd, host: '127.0.0.11', port: 53 } as never);
  // The socket is of the namespace already, so it is connected there.
  socket.write(Buffer.concat([framed(question('two')), framed(question('example.org'))]));
  const answers: packet.DecodedPacket[] = [];
  let bytes: Buffer = Buffer.alloc(0);
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    while (bytes.length >= 2 && bytes.length >= bytes.readUInt16BE(0) + 2) {
      answers.push(packet.decode(bytes.subarray(2, bytes.readUInt16BE(0) + 2)));
      bytes = bytes.subarray(bytes.readUInt16BE(0) + 2);
    }
    if (answers.length === 2) break;
  }
  socket.destroy();
  expect(answers.map(data)).toEqual([['10.0.0.2'], ['192.0.2.1']]);
});

test('a namespace that is no more is a failure of the call, and nothing is known of its container', async () => {
  const sandbox = { ...inSandbox, containerId: 'c3', path: join(directory, 'none') };
  await expect(service.call({ op: 'put', sandbox })).rejects.toMatchObject({ code: 'ENOENT' });
  expect(saved.at(-1)?.sandboxes.map(({ containerId }) => containerId)).not.toContain('c3');
  expect(complaints).toEqual([]);
});
