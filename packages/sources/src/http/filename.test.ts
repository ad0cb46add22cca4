import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dispositionFilename } from './filename.js';

test.each([
  [undefined, ''],
  ['inline', ''],
  ['attachment; filename=a.txt', 'a.txt'],
  ['attachment; filename="a;b.txt"; x=y', 'a;b.txt'],
  ['attachment; filename="a\\"b"', 'a"b'],
  ['attachment; filename="../../etc/passwd"', 'passwd'],
  ['attachment; filename="C:\\dir\\a.txt"', 'a.txt'],
  ['attachment; filename=".."', ''],
  ['attachment; filename="a/.."', ''],
  ['attachment; filename="a/"', ''],
  ["attachment; filename=x; filename*=UTF-8''%e2%82%ac%2f..%2fb", 'b'],
  ["attachment; filename=x; filename*=UTF-8''%ff", 'x'],
  ["attachment; filename*=UTF-8''a%00b", ''],
  ["attachment; filename*=UTF-8''%e2%80%aetxt.exe", ''],
  [`attachment; filename=${'a'.repeat(256)}`, ''],
])('%j gives %j', (header, name) => {
  expect(dispositionFilename(header)).toBe(name);
});

test('whatever it gives is one component', () => {
  const header = fc.string({ unit: fc.constantFrom(...'a./\\"=;* \'%2f00', 'filename', 'UTF-8') });
  fc.assert(
    fc.property(header, (text) => {
      const name = dispositionFilename(`attachment; filename${text}`);
      expect(name).not.toMatch(/[/\\\x00]|^\.\.?$/);
    }),
  );
});
