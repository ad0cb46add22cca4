import { expect, test } from 'vitest';
import { serveAddress, serveSchema } from './serve.js';

const at = (settings: object) => serveAddress(serveSchema.parse(settings));
const tls = { tlscert: '/c', tlskey: '/k' };

test.each([
  ['127.0.0.1:5000', { host: '127.0.0.1', port: 5000 }],
  ['[::1]:0', { host: '::1', port: 0 }],
  ['localhost:80', { host: 'localhost', port: 80 }],
])('%s is served without TLS', (address, wanted) => {
  expect(at({ address, write: true })).toEqual(wanted);
});

test.each([':5000', 'host', '127.0.0.1:99999', '127.0.0.1:x', '::1:5000', ''])(
  '"%s" is no address',
  (address) => {
    expect(() => at({ address })).toThrow('host:port');
  },
);

test.each([
  [{ address: '0.0.0.0:5000' }, 'needs tlscert'],
  [{ address: '127.0.0.1.evil.com:5000' }, 'needs tlscert'],
  [{ address: '0.0.0.0:5000', write: true, ...tls }, 'tlscacert'],
  [{ address: '127.0.0.1:1', tlscert: '/c' }, 'belong together'],
  [{ address: '127.0.0.1:1', tlscacert: '/c' }, 'needs tlscert'],
])('%j is refused', (settings, why) => {
  expect(() => at(settings)).toThrow(why);
});

test('with TLS other addresses are served, and written to by clients with a certificate', () => {
  expect(at({ address: '0.0.0.0:5000', ...tls })).toEqual({ host: '0.0.0.0', port: 5000 });
  at({ address: '0.0.0.0:5000', write: true, tlscacert: '/a', ...tls });
});
