import { AF_INET, AF_INET6 } from '@wharf/linux/native';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addAddress, decodeAddress } from './address.js';
import { attribute, decodeAttributes, nested, text, textOf, u32, u32Of } from './attributes.js';
import { broadcastOf, ipText, networkOf, parseIp, parsePrefix, prefixText } from './ip.js';
import {
  changeLink,
  createBridge,
  createMacvlan,
  createVeth,
  decodeLink,
  macBytes,
} from './link.js';
import { decodeMessage, encodeRequests, type Message, type Request } from './message.js';
import { addRoute, canonicalDestination, decodeRoute } from './route.js';
import { addRule, decodeRule, ruleKey } from './rule.js';

/** As if the kernel told what was asked for. */
function echo(request: Request): Message {
  return decodeMessage(encodeRequests([request], 7));
}

const bytes = (length: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((each) => Buffer.from(each));
const cidr = fc
  .oneof(
    fc.tuple(bytes(4), fc.integer({ min: 1, max: 32 })),
    fc.tuple(bytes(16), fc.integer({ min: 1, max: 128 })),
  )
  .map(([address, length]) => `${ipText(address)}/${length}`);

test('a message has the layout of struct nlmsghdr, and an ack is asked for unless it dumps', () => {
  const change: Request = { type: 16, flags: 0x600, body: Uint8Array.of(1, 2, 3), subject: '' };
  const dump: Request = { type: 18, flags: 0x300, body: new Uint8Array(), subject: '' };
  expect(encodeRequests([change, dump], 0xffff).toString('hex')).toBe(
    '13000000' +
      '1000' +
      '0506' +
      'ffff0000' +
      '00000000' +
      '010203' +
      '00' +
      '10000000' +
      '1200' +
      '0103' +
      '00000100' +
      '00000000',
  );
  const replace: Request = { type: 24, flags: 0x500, body: new Uint8Array(), subject: '' };
  expect(encodeRequests([replace], 1).readUInt16LE(6)).toBe(0x505);
});

test('attributes are padded to four bytes, and nested ones are marked', () => {
  expect(text(3, 'eth0').toString('hex')).toBe('09000300' + '6574683000' + '000000');
  expect(nested(18, u32(1, 5)).toString('hex')).toBe('0c001280' + '08000100' + '05000000');
  expect(() => attribute(1, new Uint8Array(70_000))).toThrow(/too long/);
});

test('attributes are read as they were written', () => {
  const items = fc.uniqueArray(
    fc.tuple(fc.integer({ min: 1, max: 0x3fff }), fc.uint8Array({ maxLength: 40 })),
    { selector: ([type]) => type },
  );
  fc.assert(
    fc.property(items, (list) => {
      const read = decodeAttributes(
        Buffer.concat(list.map(([type, value]) => attribute(type, value))),
      );
      expect([...read].map(([type, value]) => [type, [...value]])).toEqual(
        list.map(([type, value]) => [type, [...value]]),
      );
    }),
  );
});

test('no bytes of the kernel do more than be refused', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom(16, 20, 24, 32),
      (body, type) => {
        const message = { type, flags: 0, sequence: 1, body: Buffer.from(body) };
        for (const decode of [decodeLink, decodeAddress, decodeRoute, decodeRule]) {
          try {
            decode(message);
          } catch (error) {
            expect(error).toMatchObject({ code: 'internal' });
          }
        }
        try {
          decodeMessage(body);
        } catch (error) {
          expect(error).toMatchObject({ code: 'internal' });
        }
      },
    ),
  );
  expect(textOf(undefined)).toBe('');
  expect(u32Of(Buffer.alloc(3))).toBeUndefined();
});

test('a veth is made with its other end in another namespace, and its port in one message', () => {
  const request = createVeth({
    name: 'v0',
    mtu: 1500,
    master: 9,
    peer: { name: 'eth0', namespace: 21, mac: '02:42:0a:00:00:02' },
  });
  expect([request.type, request.flags]).toEqual([16, 0x600]);
  const outer = decodeAttributes(request.body.subarray(16));
  expect([textOf(outer.get(3)), u32Of(outer.get(4)), u32Of(outer.get(10))]).toEqual([
    'v0',
    1500,
    9,
  ]);
  const info = decodeAttributes(outer.get(18) ?? Buffer.alloc(0));
  expect(textOf(info.get(1))).toBe('veth');
  const peer = decodeAttributes(info.get(2) ?? Buffer.alloc(0)).get(1) ?? Buffer.alloc(0);
  const inner = decodeAttributes(peer.subarray(16));
  expect([textOf(inner.get(3)), u32Of(inner.get(28)), inner.get(1)?.toString('hex')]).toEqual([
    'eth0',
    21,
    '02420a000002',
  ]);
});

test('a link is read as it was asked for', () => {
  const asked = createBridge({
    name: 'br-1',
    mtu: 1400,
    mac: '02:00:00:00:00:0f',
    alias: 'wharf x',
    up: true,
  });
  expect(decodeLink(echo(asked))).toEqual({
    index: 0,
    name: 'br-1',
    alias: 'wharf x',
    kind: 'bridge',
    up: true,
    mtu: 1400,
    mac: '02:00:00:00:00:0f',
    master: 0,
    peer: 0,
  });
  expect(decodeLink(echo(addAddress(1, '10.0.0.1/8')))).toBeUndefined();
});

test('names, modes and MAC addresses that the kernel would misread are refused', () => {
  for (const name of [
    '',
    '.',
    '..',
    'a/b',
    'a b',
    'a:b',
    'x'.repeat(16),
    'é'.repeat(8),
    'a\0',
    'a\n',
  ]) {
    expect(() => changeLink({ name }), name).toThrow(/no name of an interface/);
  }
  expect(() => createMacvlan({ name: 'a' }, 'constructor')).toThrow(/unknown mode/);
  for (const mac of ['', '02:42', '02:42:0a:00:00:zz', '02-42-0a-00-00-02']) {
    expect(() => macBytes(mac)).toThrow(/not a MAC/);
  }
});

test('addresses, routes and rules are read as they were asked for', () => {
  fc.assert(
    fc.property(cidr, fc.integer({ min: 1, max: 1 << 20 }), (address, index) => {
      expect(decodeAddress(echo(addAddress(index, address)))).toMatchObject({ index, address });
      const six = address.includes(':');
      const via = six ? 'fd00::9' : '10.9.9.9';
      expect(decodeRoute(echo(addRoute({ destination: address, via, index })))).toMatchObject({
        destination: prefixText(networkOf(parsePrefix(address))),
        via,
        index,
        table: 254,
        protocol: 4,
        type: 1,
        cloned: false,
      });
    }),
  );
  const rule = fc.record(
    {
      family: fc.constantFrom('ipv4' as const, 'ipv6' as const),
      priority: fc.integer({ min: 0, max: 0xffff_ffff }),
      action: fc.constantFrom('main' as const, 'prohibit' as const),
      from: cidr,
      to: cidr,
      incoming: fc.constantFrom('br0', 'eth0.10'),
      invert: fc.constant(true),
      mark: fc.tuple(fc.nat(0xffff), fc.integer({ min: 1, max: 0xffff_ffff })),
    },
    { requiredKeys: ['family', 'priority', 'action'] },
  );
  fc.assert(
    fc.property(rule, ({ from, to, ...rest }) => {
      const six = rest.family === 'ipv6';
      const fits = (each: string | undefined): each is string => each?.includes(':') === six;
      const whole = { ...rest, ...(fits(from) ? { from } : {}), ...(fits(to) ? { to } : {}) };
      const read = decodeRule(echo(addRule(77, whole)));
      expect(read?.owner).toBe(77);
      expect(read === undefined ? '' : ruleKey(read)).toBe(ruleKey(whole));
    }),
  );
});

test('a default route has the family of its gateway, or the one that is said', () => {
  const of = (via: string, family?: 'ipv6'): string =>
    canonicalDestination({ destination: 'default', via, index: 1, ...(family ? { family } : {}) });
  expect([of('10.0.0.1'), of('fd00::1'), of(''), of('', 'ipv6')]).toEqual([
    '0.0.0.0/0',
    '::/0',
    '0.0.0.0/0',
    '::/0',
  ]);
});

test('addresses become bytes and come back', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      expect(ipText(parseIp(address).bytes)).toBe(address);
    }),
  );
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      const once = ipText(parseIp(address).bytes);
      expect(ipText(parseIp(once).bytes)).toBe(once);
      expect(parseIp(once).bytes).toEqual(parseIp(address).bytes);
    }),
  );
  expect(parseIp('::ffff:10.0.0.1').bytes.toString('hex')).toBe('00000000000000000000ffff0a000001');
  expect(parseIp('1::').bytes.toString('hex')).toBe('0001' + '0'.repeat(28));
  expect([parseIp('10.0.0.1').family, parseIp('::').family]).toEqual([AF_INET, AF_INET6]);
  for (const wrong of ['', '10.0.0', '10.0.0.256', '::1%eth0', ':::', '1.2.3.4/8']) {
    expect(() => parseIp(wrong)).toThrow(/not an IP address/);
  }
  for (const wrong of [
    '10.0.0.1/33',
    '10.0.0.1/',
    '10.0.0.1/8/8',
    '::/129',
    '10.0.0.1/-1',
    '::/1e1',
  ]) {
    expect(() => parsePrefix(wrong)).toThrow(/prefix length/);
  }
  expect(prefixText(networkOf(parsePrefix('10.1.2.3/20')))).toBe('10.1.0.0/20');
  expect(prefixText(networkOf(parsePrefix('fd00:1:2:3:4::/60')))).toBe('fd00:1:2::/60');
  expect(broadcastOf(parsePrefix('10.1.2.3/20'))?.join('.')).toBe('10.1.15.255');
  expect(broadcastOf(parsePrefix('10.1.2.3/31'))).toBeUndefined();
});
