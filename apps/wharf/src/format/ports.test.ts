import type { PublishedPort } from '@wharf/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareNatural } from './natural.js';
import { portsText } from './ports.js';

const both = (containerPort: number, protocol: 'tcp' | 'udp', hostPort: number): PublishedPort[] =>
  ['0.0.0.0', '::'].map((hostAddress) => ({ containerPort, protocol, hostAddress, hostPort }));
const exposed = (containerPort: number): PublishedPort => ({
  containerPort,
  protocol: 'tcp',
  hostAddress: '',
  hostPort: 0,
});
const local = (port: number): PublishedPort => ({
  containerPort: port,
  protocol: 'tcp',
  hostAddress: '127.0.0.1',
  hostPort: port,
});

test('ports are joined and ordered as docker 28 does', () => {
  const ports = [
    ...[70, 71, 72, 73, 74, 75].map(exposed),
    ...both(80, 'tcp', 8080),
    ...[9000, 9001, 9002, 9003].map(local),
    ...both(5001, 'udp', 5001),
    ...both(5000, 'udp', 5000),
    ...both(53, 'udp', 32_768),
    ...both(53, 'tcp', 32_768),
  ];
  expect(portsText(ports)).toBe(
    '70-75/tcp, 0.0.0.0:5000-5001->5000-5001/udp, [::]:5000-5001->5000-5001/udp, ' +
      '127.0.0.1:9000-9003->9000-9003/tcp, 0.0.0.0:32768->53/tcp, 0.0.0.0:32768->53/udp, ' +
      '[::]:32768->53/tcp, [::]:32768->53/udp, 0.0.0.0:8080->80/tcp, [::]:8080->80/tcp',
  );
});

test('a gap begins another group', () => {
  expect(portsText([80, 81, 83, 84, 90].map(exposed))).toBe('80-81/tcp, 83-84/tcp, 90/tcp');
  expect(portsText([])).toBe('');
});

test('every port is in one of the groups', () => {
  const port = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(fc.uniqueArray(port), (ports) => {
      const numbers = portsText(ports.map(exposed))
        .split(', ')
        .filter((text) => text !== '')
        .flatMap((text) => {
          const [first = 0, last = first] = text.replace('/tcp', '').split('-').map(Number);
          return Array.from({ length: last - first + 1 }, (_, at) => first + at);
        });
      expect(numbers).toEqual([...ports].sort((left, right) => left - right));
    }),
  );
});

test('numbers in names are counted', () => {
  const names = ['9000/tcp', '80/tcp', 'a10', 'a9', 'a', '080/tcp'];
  expect([...names].sort(compareNatural)).toEqual([
    '080/tcp',
    '80/tcp',
    '9000/tcp',
    'a',
    'a9',
    'a10',
  ]);
});
