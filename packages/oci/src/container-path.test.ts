import { WharfError } from '@wharf/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseContainerPath, parseVolumePath } from './container-path.js';
import { parseExposedPort } from './exposed-port.js';

test.each([
  ['/a/b', '/a/b'],
  ['a//b/./c/', '/a/b/c'],
  ['/a/../../b', '/b'],
  ['..', '/'],
  ['/procx', '/procx'],
  ['/dev/shm', '/dev/shm'],
])('%s is %s', (text, path) => {
  expect(parseContainerPath(text)).toBe(path);
});

test.each(['', '/a\0b', '/proc', '/x/../proc/1/root', '/dev/fd/3', `/${'é'.repeat(3000)}`])(
  '%j is refused',
  (text) => {
    expect(() => parseContainerPath(text)).toThrow(WharfError);
  },
);

test('a volume is absolute and below the root', () => {
  expect(parseVolumePath('/data/')).toBe('/data');
  for (const text of ['data', '', '/', '/..', '/proc/x']) {
    expect(() => parseVolumePath(text)).toThrow(WharfError);
  }
});

test('any path is absolute and clean, and stays as it is when read again', () => {
  const like = fc.string({ unit: fc.constantFrom(...'/.ab'), maxLength: 20 });
  fc.assert(
    fc.property(fc.oneof(fc.string(), like), (text) => {
      try {
        const path = parseContainerPath(text);
        expect(path.startsWith('/') && !path.split('/').includes('..')).toBe(true);
        expect(parseContainerPath(path)).toBe(path);
      } catch (error) {
        expect(error).toBeInstanceOf(WharfError);
      }
    }),
  );
});

test.each([
  ['80', '80/tcp'],
  ['80/UDP', '80/udp'],
  ['7000-7010/sctp', '7000-7010/sctp'],
  ['9-9', '9/tcp'],
  ['0080', '80/tcp'],
])('port %s is %s', (text, port) => {
  expect(parseExposedPort(text)).toBe(port);
});

test.each([
  '',
  '0',
  '65536',
  '80/',
  '80/icmp',
  '-80',
  '80-',
  '9-8',
  '80/tcp/udp',
  '8o',
  ' 80',
  '1-2-3',
])('port %j is refused', (text) => {
  expect(() => parseExposedPort(text)).toThrow('invalid port');
});

test('any port is read again as itself, or refused', () => {
  const like = fc.string({ unit: fc.constantFrom(...'0189-/tcpud'), maxLength: 10 });
  fc.assert(
    fc.property(fc.oneof(fc.string(), like), (text) => {
      try {
        const port = parseExposedPort(text);
        expect(parseExposedPort(port)).toBe(port);
      } catch (error) {
        expect(error).toBeInstanceOf(WharfError);
      }
    }),
  );
});
