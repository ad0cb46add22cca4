import { expect, test } from 'vitest';
import { buildAndLoad, inOwnNamespace } from './fixture.js';

const native = buildAndLoad();

test('requests, dumps, acks and errors go through one call, in the namespace of the thread', async () => {
  const seen = await inOwnNamespace('/', ({ native, c, codeOf }) => {
    native.unshare(c.CLONE_NEWNET);
    const message = (type: number, flags: number, body: Uint8Array): Buffer => {
      const header = Buffer.alloc(16);
      header.writeUInt32LE(16 + body.length, 0);
      header.writeUInt16LE(type, 4);
      header.writeUInt16LE(flags, 6);
      return Buffer.concat([header, body]);
    };
    const link = (index: number, flags: number): Buffer => {
      const body = Buffer.alloc(16);
      body.writeInt32LE(index, 4);
      body.writeUInt32LE(flags, 8);
      body.writeUInt32LE(flags, 12);
      return body;
    };
    const name = (text: string): Buffer => {
      const value = Buffer.alloc(Math.ceil((4 + text.length + 1) / 4) * 4);
      value.writeUInt16LE(4 + text.length + 1, 0);
      value.writeUInt16LE(3, 2);
      value.write(text, 4);
      return value;
    };
    const route = (bytes: Uint8Array): Buffer[] =>
      native.netlinkRequest(c.NETLINK_ROUTE, bytes).map((answer) => Buffer.from(answer));
    const [newLink, getLink, request, dump] = [16, 18, 1, 0x300];
    const dumped = route(message(getLink, request | dump, link(0, 0)));
    const up = route(message(newLink, request, link(1, 1)));
    const one = route(message(getLink, request, link(1, 0)));
    const many = route(
      Buffer.concat([
        message(getLink, request | 4, link(1, 0)),
        message(getLink, request | 4, link(1, 0)),
      ]),
    );
    let words = '';
    try {
      route(message(newLink, request | 0x400, Buffer.concat([link(0, 0), name('a/b')])));
    } catch (error) {
      words = (error as Error).message;
    }
    return {
      dumped: dumped.map((answer) => [answer.readUInt16LE(4), answer.includes('lo\0')]),
      up,
      one: one.map((answer) => answer.readUInt32LE(16 + 8) & 1),
      many: many.length,
      words,
      missing: codeOf(() => route(message(getLink, request, link(77, 0)))),
    };
  });
  expect(seen.dumped).toContainEqual([16, true]);
  expect(seen).toMatchObject({ up: [], one: [1], many: 2, missing: 'ENODEV' });
  expect(seen.words).toMatch(/^EINVAL: invalid argument, netlink|^EOPNOTSUPP|^ENOTSUP/);
});

test('bytes that are not netlink messages are refused before they are sent', () => {
  for (const bytes of [new Uint8Array(), new Uint8Array(15), new Uint8Array(16)]) {
    expect(() => native.netlinkRequest(0, bytes)).toThrow(
      expect.objectContaining({ code: 'EINVAL' }),
    );
  }
  expect(() => native.netlinkRequest(999, Buffer.from('1000000000000000', 'hex'))).toThrow();
});
