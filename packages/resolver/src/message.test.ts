import packet from 'dns-packet';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addressBytes,
  answersQuestion,
  encodeName,
  parseQuery,
  readAddresses,
  recordType,
  responseCode,
  reverseAddress,
  writeAnswer,
  writeRefusal,
  type Query,
} from './message.js';

const asked = (name: string, type: packet.RecordType = 'A', more: Partial<packet.Packet> = {}) =>
  packet.encode({
    type: 'query',
    id: 4711,
    flags: packet.RECURSION_DESIRED,
    questions: [{ name, type }],
    ...more,
  });

const parsed = (message: Buffer): Query => {
  const result = parseQuery(message);
  if (result.kind !== 'query') throw new TypeError(result.kind);
  return result.query;
};

const label = fc.stringMatching(/^[a-z0-9_-]{1,63}$/);

test('a question is read as another implementation wrote it', () => {
  const domain = fc.array(label, { minLength: 1, maxLength: 3 }).map((all) => all.join('.'));
  fc.assert(
    fc.property(
      domain,
      fc.constantFrom<packet.RecordType>('A', 'AAAA', 'PTR', 'TXT'),
      (name, type) => {
        const query = parsed(asked(name, type));
        expect(query).toMatchObject({ id: 4711, name, class: 1, edns: false, payload: 512 });
      },
    ),
  );
});

test('names are compared in lower case', () => {
  expect(parsed(asked('Web.EXAMPLE')).name).toBe('web.example');
});

test('the size that the asker takes is bounded on both sides', () => {
  const sized = (udpPayloadSize: number) =>
    parsed(asked('a', 'A', { additionals: [{ type: 'OPT', name: '.', udpPayloadSize } as never] }));
  expect(sized(1232)).toMatchObject({ edns: true, payload: 1232 });
  expect(sized(100)).toMatchObject({ payload: 512 });
  expect(sized(65_535)).toMatchObject({ payload: 4096 });
});

test('no bytes whatever throw, and answers are never answered', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      const message = Buffer.from(bytes);
      const result = parseQuery(message);
      if (message.length >= 12 && (message[2] as number) >= 0x80) expect(result.kind).toBe('drop');
      if (result.kind === 'refuse') writeRefusal(message, result.code);
      if (result.kind === 'query') {
        writeAnswer(message, result.query, { code: responseCode.noName, limit: 512 });
        readAddresses(message, result.query.end);
      }
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['a pointer to itself', Buffer.from([0xc0, 12])],
  ['a label that ends beyond the message', Buffer.from([63, 97])],
  [
    'a name of more than 255 bytes',
    Buffer.concat([...Array<Buffer>(5).fill(Buffer.alloc(64, 63)), Buffer.alloc(5)]),
  ],
])('%s is a format error', (_, name) => {
  const head = Buffer.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  const result = parseQuery(Buffer.concat([head, name, Buffer.from([0, 0, 1, 0, 1])]));
  expect(result).toEqual({ kind: 'refuse', code: responseCode.formatError });
});

test('an answer is read by another implementation', () => {
  const message = asked('web', 'A');
  const records = ['10.0.0.1', '10.0.0.2'].map((address) => ({
    type: recordType.a,
    ttl: 5,
    data: addressBytes(address) as Buffer,
  }));
  const answer = packet.decode(
    writeAnswer(message, parsed(message), { code: 0, records, limit: 512 }),
  );
  expect(answer).toMatchObject({ id: 4711, type: 'response', rcode: 'NOERROR' });
  expect(answer.answers).toMatchObject([
    { name: 'web', type: 'A', ttl: 5, data: '10.0.0.1' },
    { name: 'web', type: 'A', ttl: 5, data: '10.0.0.2' },
  ]);
});

test('what does not fit is left out, and the answer says so', () => {
  const message = asked('web', 'A');
  const data = Buffer.from([10, 0, 0, 1]);
  const records = Array.from({ length: 100 }, () => ({ type: recordType.a, ttl: 5, data }));
  const bytes = writeAnswer(message, parsed(message), { code: 0, records, limit: 512 });
  expect(bytes.length).toBeLessThanOrEqual(512);
  const answer = packet.decode(bytes);
  expect(answer.flag_tc).toBe(true);
  expect(answer.answers?.length).toBeGreaterThan(25);
});

test('names and addresses are what they were after a reverse look-up', () => {
  expect(encodeName('a.web')).toEqual(Buffer.from('\x01a\x03web\x00', 'latin1'));
  expect(reverseAddress('4.3.2.1.in-addr.arpa')).toEqual(Buffer.from([1, 2, 3, 4]));
  const nibbles = [...Array<string>(31).fill('0'), '1'].reverse().join('.');
  expect(reverseAddress(`${nibbles}.ip6.arpa`)).toEqual(addressBytes('::1'));
  expect(reverseAddress('x.ip6.arpa')).toBeUndefined();
});

test('IPv6 addresses are read in all their forms', () => {
  const hex = (text: string) => addressBytes(text)?.toString('hex');
  expect(hex('fd00::1:2')).toBe('fd000000000000000000000000010002');
  expect(hex('1:2:3:4:5:6:7:8')).toBe('00010002000300040005000600070008');
  expect(hex('::')).toBe('0'.repeat(32));
  expect(hex('1:2')).toBeUndefined();
  expect(hex('1.2.3')).toBeUndefined();
});

test('addresses of a response are found behind compressed names and other records', () => {
  const message = asked('www.example');
  const response = packet.encode({
    type: 'response',
    id: 4711,
    questions: [{ name: 'www.example', type: 'A' }],
    answers: [
      { name: 'www.example', type: 'CNAME', ttl: 60, data: 'web.example' },
      { name: 'web.example', type: 'A', ttl: 30, data: '192.0.2.1' },
      { name: 'web.example', type: 'AAAA', ttl: 20, data: '2001:db8::1' },
    ],
  });
  const query = parsed(message);
  expect(answersQuestion(response, message, query)).toBe(true);
  expect(readAddresses(response, query.end)).toEqual([
    { address: '192.0.2.1', family: 4, ttl: 30 },
    { address: '2001:db8:0:0:0:0:0:1', family: 6, ttl: 20 },
  ]);
});

test('an answer to another question, or with another id, is none', () => {
  const message = asked('web');
  const other = (changes: packet.Packet) =>
    answersQuestion(
      packet.encode({
        type: 'response',
        id: 4711,
        questions: [{ name: 'web', type: 'A' }],
        ...changes,
      }),
      message,
      parsed(message),
    );
  expect(other({})).toBe(true);
  expect(other({ id: 4712 })).toBe(false);
  expect(other({ questions: [{ name: 'wab', type: 'A' }] })).toBe(false);
  expect(other({ type: 'query' })).toBe(false);
});
