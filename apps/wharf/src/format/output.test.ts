import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeText } from './output.js';

test('a text is written whole, whatever its length and characters', () => {
  const directory = mkdtempSync(join(tmpdir(), 'wharf-output-'));
  const path = join(directory, 'out');
  const descriptor = openSync(path, 'w');
  const text = 'é日🚢\n'.repeat(100_000);
  writeText(descriptor, text);
  writeText(descriptor, '');
  closeSync(descriptor);
  expect(readFileSync(path, 'utf8')).toBe(text);
  expect(() => writeText(descriptor, 'x')).toThrow('EBADF');
  rmSync(directory, { recursive: true });
});
