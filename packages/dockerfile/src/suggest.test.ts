import { expect, test } from 'vitest';
import { instructionNames } from './instruction/instruction.js';
import { editDistance, suggest } from './suggest.js';

test.each([
  ['RUNN', 'RUN'],
  ['FORM', 'FROM'],
  ['ENTRYPONT', 'ENTRYPOINT'],
  ['copyy', 'COPY'],
  ['HEALTHCHEK', 'HEALTHCHECK'],
  ['WORKDRI', 'WORKDIR'],
])('%s was meant as %s', (word, meant) => {
  expect(suggest(word, instructionNames)).toBe(meant);
});

test.each([['XYZZY'], [''], ['R'.repeat(1000)], ['DESTINATION']])('%s is near nothing', (word) => {
  expect(suggest(word, instructionNames)).toBeUndefined();
});

test('a swap of neighbours counts one', () => {
  expect(editDistance('form', 'from')).toBe(1);
  expect(editDistance('kitten', 'sitting')).toBe(3);
  expect(editDistance('', 'abc')).toBe(3);
});
