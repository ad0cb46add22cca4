import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePlace, Rewrites } from './prefixes.js';

const label = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const path = fc.array(label, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

test('a rewrite of a prefix keeps what is below it, and touches nothing beside it', () => {
  fc.assert(
    fc.property(label, path, path, label, (host, from, rest, other) => {
      const rewrites = new Rewrites(new Map([[`${host}.x/${from}`, 'to.example/p']]));
      const below = rewrites.apply({ domain: `${host}.x`, path: `${from}/${rest}` });
      expect(below).toEqual({ domain: 'to.example', path: `p/${rest}` });
      const beside = { domain: `${host}.x`, path: `${from}${other}` };
      expect(rewrites.apply(beside)).toEqual(beside);
    }),
  );
});

test('any text is a place or refused with the remedy', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), (text) => {
      try {
        const place = parsePlace(text, 'thing');
        expect([place.domain, place.path].filter((part) => part !== '').join('/')).toBe(text);
      } catch (error) {
        expect((error as Error).message).toMatch(/^invalid thing .*write it as host/s);
      }
    }),
  );
});
