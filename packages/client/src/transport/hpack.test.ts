import http2 from 'node:http2';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { isWharfError } from '@wharf/core';
import { expect, test } from 'vitest';
import { FrameReader, frameTypes, encodeFrame } from './frames.js';
import { decodeHeaders, encodeHeaders } from './hpack.js';

test('what is encoded is decoded', () => {
  const header = fc.tuple(
    fc.stringMatching(/^[a-z-]{1,20}$/),
    fc.oneof(fc.stringMatching(/^[!-~]{0,200}$/), fc.constant('x'.repeat(70_000))),
  );
  fc.assert(
    fc.property(fc.array(header), (headers) => {
      expect(decodeHeaders(encodeHeaders(headers))).toEqual(headers);
    }),
  );
});

test('whatever the bytes, the answer is headers or data-loss', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      try {
        decodeHeaders(bytes);
      } catch (error) {
        if (!isWharfError(error)) throw error;
        expect(error.code).toBe('data-loss');
      }
    }),
    { numRuns: 3000 },
  );
});

test('a block as an independent server writes it is understood: every byte, Huffman coded', async () => {
  const sent = Object.fromEntries(
    Array.from({ length: 256 }, (_, byte) => byte)
      .filter((byte) => byte >= 33 && byte !== 127)
      .map((byte) => [`x-${byte}`, `${'e'.repeat(40)}${String.fromCharCode(byte)}0`]),
  );
  const server = http2.createServer({ maxHeaderListPairs: 1000 });
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200, ...sent }, { endStream: true });
  });
  const gate = createServer((socket) => server.emit('connection', socket)).listen(0, '127.0.0.1');
  await new Promise((resolve) => gate.once('listening', resolve));
  const socket = connect((gate.address() as AddressInfo).port, '127.0.0.1');
  const got = new Promise<Record<string, string>>((resolve, reject) => {
    const reader = new FrameReader({
      onData: () => undefined,
      onFrame: ({ type, payload }) => {
        if (type === frameTypes.headers) resolve(Object.fromEntries(decodeHeaders(payload)));
      },
    });
    socket.on('data', (bytes) => reader.push(bytes));
    socket.on('error', reject);
  });
  const noTable = Buffer.from('000100000000', 'hex');
  const request = encodeHeaders([
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/'],
    [':authority', 'x'],
  ]);
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  socket.write(encodeFrame(frameTypes.settings, 0, 0, noTable));
  socket.write(encodeFrame(frameTypes.headers, 5, 1, request));
  expect(await got).toMatchObject(sent);
  socket.destroy();
  gate.close();
});
