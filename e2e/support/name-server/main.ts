/**
 * A server of names (RFC 1035) for tests, run by node alone: answers on both of the neighbour's addresses by UDP and
 * TCP, and prints the address at which it was asked and the name.
 */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const addresses = ['192.0.2.1', '198.51.100.7', '2001:db8::1'];
const types = { a: 1, ptr: 12, aaaa: 28 };

const ipv4 = (text: string): Buffer => Buffer.from(text.split('.').map(Number));
const many = Array.from({ length: 100 }, (_, n) => ipv4(`203.0.113.${n}`));
const ipv6 = Buffer.from('20010db8ffff00000000000000000007', 'hex');

const records: Readonly<Record<string, Readonly<Record<number, readonly Buffer[]>>>> = {
  'known.example': { [types.a]: [ipv4('198.51.100.7')], [types.aaaa]: [ipv6] },
  'large.example': { [types.a]: many },
  'other.example': { [types.a]: [ipv4('192.0.2.1')] },
  'brief.example': { [types.a]: [ipv4('198.51.100.7')] },
  'metadata.example': { [types.a]: [ipv4('169.254.169.254')] },
  '7.100.51.198.in-addr.arpa': { [types.ptr]: [nameOf('known.example')] },
};

function nameOf(text: string): Buffer {
  const labels = text.split('.').map((label) => Buffer.from(label));
  return Buffer.concat([
    ...labels.flatMap((label) => [Buffer.from([label.length]), label]),
    Buffer.from([0]),
  ]);
}

interface Question {
  readonly name: string;
  readonly type: number;
  readonly end: number;
}

function questionOf(message: Buffer): Question {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
}

function record(type: number, data: Buffer, ttl: number): Buffer {
  const size = [data.length >> 8, data.length];
  const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, ttl, ...size]);
  return Buffer.concat([head, data]);
}

function answer(message: Buffer, at: string, room: number): Buffer {
  const { name, type, end } = questionOf(message);
  process.stdout.write(`${at} ${name}\n`);
  const found = records[name];
  const ttl = name === 'brief.example' ? 1 : 60;
  const all = (found?.[type] ?? []).map((data) => record(type, data, ttl));
  const whole = all.reduce((size, { length }) => size + length, end);
  const sent = whole > room ? [] : all;
  const reply = Buffer.concat([message.subarray(0, end), ...sent]);
  reply[2] = 0x81 | (whole > room ? 2 : 0);
  reply[3] = 0x80 | (found === undefined ? 3 : 0);
  reply.writeUInt16BE(sent.length, 6);
  reply.writeUInt16BE(0, 8);
  reply.writeUInt16BE(0, 10);
  return reply;
}

function serve(address: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (message, { port, address: peer }) =>
    socket.send(answer(message, address, 512), port, peer),
  );
  const server = createServer((connection) => {
    connection.on('error', () => connection.destroy());
    connection.on('data', (data) => {
      const reply = answer(data.subarray(2), address, 65_535);
      connection.write(Buffer.concat([Buffer.from([reply.length >> 8, reply.length]), reply]));
    });
  });
  socket.bind(53, address, () => server.listen(53, address, resolve));
  return promise;
}

await Promise.all(addresses.map(serve));
process.stdout.write('ready\n');
