import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removeCrunState } from './sweep.js';

describe('removeCrunState', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'sweep-'));
    mkdirSync(join(root, 'abc'));
    for (const name of ['status', 'config.json']) writeFileSync(join(root, 'abc', name), '');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const crun = () => ({ path: '/usr/bin/crun', kind: 'crun', globalArgs: ['--root', root] });

  test('removes the folder with the files that crun keeps, and may be repeated', () => {
    expect(removeCrunState(crun(), 'abc')).toBe(true);
    expect(existsSync(join(root, 'abc'))).toBe(false);
    expect(removeCrunState(crun(), 'abc')).toBe(true);
    expect(existsSync(root)).toBe(true);
  });

  test('what it does not know stays, and is left to the runtime', () => {
    mkdirSync(join(root, 'abc/more'));
    expect(removeCrunState(crun(), 'abc')).toBe(false);
    expect(existsSync(join(root, 'abc/more'))).toBe(true);
  });

  test('touches nothing of another runtime, without a root, or of an id that is a path', () => {
    expect(removeCrunState({ ...crun(), kind: 'runc' }, 'abc')).toBe(false);
    expect(removeCrunState({ ...crun(), globalArgs: [] }, 'abc')).toBe(false);
    expect(removeCrunState(crun(), '../abc')).toBe(false);
    expect(removeCrunState(crun(), '..')).toBe(false);
    expect(existsSync(join(root, 'abc/status'))).toBe(true);
  });
});
