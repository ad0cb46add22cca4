import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dropOldIndexes } from './old-indexes.js';

const day = 24 * 60 * 60;
const now = 2_000_000_000;
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'wharf-indexes-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const name = (number: number): string => number.toString(16).padStart(64, '0');

function write(file: string, seconds: number): void {
  writeFileSync(join(folder, file), '');
  utimesSync(join(folder, file), seconds, seconds);
}

test('indexes that nobody has written for two months go, and nothing else', async () => {
  write(name(1), now - 61 * day);
  write(name(2), now - 59 * day);
  write(`${name(3)}.aside.tmp`, now - 61 * day);
  write('notes', now - 61 * day);
  mkdirSync(join(folder, name(4)));
  utimesSync(join(folder, name(4)), 0, 0);
  await dropOldIndexes(folder, now * 1000);
  expect(readdirSync(folder).sort()).toEqual(
    [name(2), `${name(3)}.aside.tmp`, name(4), 'notes'].sort(),
  );
});

test('of too many the oldest go', async () => {
  for (let at = 0; at < 260; at++) write(name(at), now - at);
  await dropOldIndexes(folder, now * 1000);
  expect(readdirSync(folder).sort()).toEqual(Array.from({ length: 256 }, (_, at) => name(at)));
});
