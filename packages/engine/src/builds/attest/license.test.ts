import { expect, test } from 'vitest';
import { declaredLicense } from './license.js';

test.each([
  ['MIT', 'MIT'],
  ['(MIT OR Apache-2.0)', 'MIT OR Apache-2.0'],
  ['MIT AND ISC AND Zlib', 'MIT AND ISC AND Zlib'],
  ['MIT License', 'NOASSERTION'],
  ['MIT OR', 'NOASSERTION'],
  ['', 'NOASSERTION'],
  ['SEE LICENSE IN x', 'NOASSERTION'],
])('%s is told as %s', (text, wanted) => {
  expect(declaredLicense(text)).toBe(wanted);
});
