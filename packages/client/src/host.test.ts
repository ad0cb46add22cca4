import { expect, test } from 'vitest';
import { hostText, parseHost } from './host.js';

test.each([
  ['/run/x.sock', 'unix:///run/x.sock'],
  ['unix:///run/x.sock', 'unix:///run/x.sock'],
  ['tcp://box', 'tcp://box:2376'],
  ['tcp://box:1/', 'tcp://box:1'],
  ['tcp://[::1]:99', 'tcp://[::1]:99'],
  ['tcp://10.0.0.1:65535', 'tcp://10.0.0.1:65535'],
])('%s is %s', (text, wanted) => {
  expect(hostText(parseHost(text))).toBe(wanted);
});

test.each([
  '',
  'unix://',
  'unix://relative',
  'tcp://',
  'tcp://a:70000',
  'tcp://u:p@h',
  'tcp://h/path',
  'tcp://h?q',
  'http://h',
  'fd://',
  'box:2376',
  'tcp://h o',
])('%j is refused', (text) => {
  expect(() => parseHost(text)).toThrow(/invalid host/);
});
