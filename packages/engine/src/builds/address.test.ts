import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shownAddress, shownInstruction } from './address.js';

test.each([
  ['https://a:b@example.org/x.git#main:dir', 'https://example.org/x.git#main:dir'],
  ['https://token@example.org/x', 'https://example.org/x'],
  ['HTTPS://a:b@c@example.org', 'HTTPS://example.org'],
  ['https://a:b/c@example.org/x', 'https://example.org/x'],
  ['https://example.org/x@1', 'https://example.org/x@1'],
  ['ssh://git@example.org/x', 'ssh://git@example.org/x'],
  ['ssh://git:secret@example.org/x', 'ssh://git@example.org/x'],
  ['git@example.org:a/b', 'git@example.org:a/b'],
  ['/home/a:b@c', '/home/a:b@c'],
  ['-', '-'],
])('%s is shown as %s', (text, shown) => {
  expect(shownAddress(text)).toBe(shown);
});

test('no password is left, whatever it is', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('https', 'http', 'ssh', 'git'),
      fc.string({ maxLength: 20 }),
      fc.constantFrom('/x', '/x.git#main', '?q=1', ''),
      (scheme, password, rest) => {
        const shown = shownAddress(`${scheme}://user:PW${password}PW@example.org${rest}`);
        expect(shown).not.toContain(`PW${password}PW`);
      },
    ),
  );
});

test.each([
  ['ADD ["https://a:b@example.org/x", "/y"]', 'ADD ["https://example.org/x", "/y"]'],
  ['ADD\thttps://a:b@example.org/x\t/y', 'ADD\thttps://example.org/x\t/y'],
  ["ADD 'https://a:b@example.org/x' b@c /y", "ADD 'https://example.org/x' b@c /y"],
  ['COPY https://a:b@example.org/x /y', 'COPY https://a:b@example.org/x /y'],
  ['ADD a --x=https://a:b@one https://c@two /y', 'ADD a --x=https://one https://two /y'],
])('%s is shown as %s', (text, shown) => {
  expect(shownInstruction(text)).toBe(shown);
});
