import fc from 'fast-check';
import { expect, test } from 'vitest';
import { framedMessage, MessageAssembler } from './messages.js';
import type { BulkStart } from './messages.js';

/** Messages of this test are bulk when they begin with B. */
const start: BulkStart<string> = (begin) =>
  begin[0] === 0x42 ? { size: 1, of: (bytes) => bytes.toString('latin1') } : undefined;

const messages = fc.array(
  fc
    .tuple(fc.constantFrom('A', 'B'), fc.string({ unit: 'binary-ascii', maxLength: 40 }))
    .map(([kind, text]) => kind + text),
  { maxLength: 10 },
);

test('however the bytes are cut, bulk comes in parts as it arrives, other messages whole', () => {
  fc.assert(
    fc.property(
      messages,
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      (list, cuts) => {
        const bytes = Buffer.concat(list.map((text) => framedMessage(Buffer.from(text, 'latin1'))));
        const assembler = new MessageAssembler();
        let seen = '';
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = cuts[turn % cuts.length] ?? 1;
          assembler.push(bytes.subarray(at, at + size));
          at += size;
          for (;;) {
            const part = assembler.nextPart(start);
            if (part === undefined) break;
            seen += 'bulk' in part ? part.bulk : `<${part.toString('latin1')}>`;
          }
        }
        assembler.end();
        const whole = (text: string) => text.startsWith('A') || text.length === 1;
        expect(seen).toBe(list.map((text) => (whole(text) ? `<${text}>` : text.slice(1))).join(''));
      },
    ),
    { numRuns: 500 },
  );
});

test('bulk is handed on before its message is whole, and a stream that ends there was broken off', () => {
  const assembler = new MessageAssembler();
  assembler.push(framedMessage(Buffer.from('Babcdef')).subarray(0, 12));
  expect(assembler.nextPart(start)).toEqual({ bulk: 'abcdef'.slice(0, 6) });
  const torn = new MessageAssembler();
  torn.push(framedMessage(Buffer.from('Babcdefgh')).subarray(0, 12));
  expect(torn.nextPart(start)).toEqual({ bulk: 'abcdef' });
  expect(() => torn.end()).toThrow('broke off');
});
