import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { applyMode } from './mode.js';

const dir = mkdtempSync(join(tmpdir(), 'wharf-mode-'));
afterAll(() => rmSync(dir, { recursive: true }));
mkdirSync(join(dir, 'directory'));
writeFileSync(join(dir, 'file'), '');

const changes = (text: string) => ({ kind: 'changes', changes: text }) as const;

test.each([
  [undefined, 0o4755, false, 0o4755],
  [{ kind: 'bits', bits: 0o1644 } as const, 0o777, false, 0o1644],
  [changes('u=rwX,go=rX'), 0o600, false, 0o644],
  [changes('u=rwX,go=rX'), 0o600, true, 0o755],
  [changes('+x'), 0o644, false, 0o755],
  [changes('a-w,u+s'), 0o755, false, 0o4555],
  [changes('g=u'), 0o640, false, 0o660],
  [changes('o='), 0o777, false, 0o770],
])('%j on %o', (mode, before, isDirectory, after) => {
  expect(applyMode(mode, before, isDirectory)).toBe(after);
});

const letters = fc.oneof(
  fc
    .uniqueArray(fc.constantFrom('r', 'w', 'x', 'X', 's', 't'), { maxLength: 4 })
    .map((all) => all.join('')),
  fc.constantFrom('u', 'g', 'o'),
);
const clause = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom('u', 'g', 'o', 'a'), { maxLength: 3 }),
    fc.array(fc.tuple(fc.constantFrom('+', '-', '='), letters), { minLength: 1, maxLength: 2 }),
  )
  .map(([who, actions]) => `${who.join('')}${actions.flat().join('')}`);

test('changes are those of chmod(1) with no umask', () => {
  fc.assert(
    fc.property(
      fc.array(clause, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 0, max: 0o7777 }),
      fc.boolean(),
      (clauses, bits, isDirectory) => {
        const path = join(dir, isDirectory ? 'directory' : 'file');
        const text = clauses.join(',');
        chmodSync(path, bits);
        execFileSync('sh', ['-c', 'umask 0; exec chmod -- "$0" "$1"', text, path]);
        const expected = statSync(path).mode & 0o7777;
        expect(applyMode(changes(text), bits, isDirectory).toString(8)).toBe(expected.toString(8));
      },
    ),
    { numRuns: 200 },
  );
});
