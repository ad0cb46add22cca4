import { expect, test } from 'vitest';
import { portsFilter } from './filter-ports.js';

const tcp = (number: number) => ({ number, protocol: 'tcp' as const });

test.each([
  ['80', tcp(80), true],
  ['80', tcp(81), false],
  ['80', { number: 80, protocol: 'udp' as const }, false],
  ['80/UDP', { number: 80, protocol: 'udp' as const }, true],
  ['80-90/tcp', tcp(90), true],
  ['80-90/tcp', tcp(91), false],
])('%s on %o', (text, port, wanted) => {
  expect(portsFilter('publish', [text])(port)).toBe(wanted);
});

test('one of several is enough', () => {
  expect(portsFilter('expose', ['1', '80'])(tcp(80))).toBe(true);
});

test.each(['x', '', '90-80', '70000', '80/x', '80:80'])('%j is refused', (text) => {
  expect(() => portsFilter('publish', [text])).toThrow(`invalid filter 'publish=${text}'`);
});
