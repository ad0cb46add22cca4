import fc from 'fast-check';
import { expect, test } from 'vitest';
import { membersOf, objectOf } from './json-members.js';

test('every object is taken apart and put together to the same value', () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(object, fc.constantFrom(undefined, ' ', '\t'), (value, space) => {
      const text = JSON.stringify(value, undefined, space);
      const members = membersOf(text);
      expect([...members.keys()].sort()).toEqual(Object.keys(value).sort());
      const again: unknown = JSON.parse(objectOf(members));
      expect(again).toEqual(JSON.parse(text));
      expect(objectOf(membersOf(objectOf(members)))).toBe(objectOf(members));
    }),
  );
});
