import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeControls, escapeControlsInLines } from './escape.js';

test('controls, line and direction marks are escaped, other characters stay', () => {
  expect(escapeControls('a\x1b[31m\r\n\tb\x7f\x9b\u202eé日🚢')).toBe(
    'a\\x1b[31m\\r\\n\\tb\\x7f\\u009b\\u202eé日🚢',
  );
  expect(escapeControls('\ud800')).toBe('\\ud800');
});

test('in lines, line breaks and tabs stay', () => {
  expect(escapeControlsInLines('a\n\tb\r\x00')).toBe('a\n\tb\\r\\x00');
});

test('nothing that a terminal obeys comes through', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(/[\p{Cc}\u2028\u202a-\u202e\u2066-\u2069]/u.test(escapeControls(text))).toBe(false);
    }),
  );
});
