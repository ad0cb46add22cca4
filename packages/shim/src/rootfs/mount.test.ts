import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CLONE_FS,
  CLONE_NEWNS,
  loadNative,
  MS_PRIVATE,
  MS_REC,
  type Native,
} from '@wharf/linux/native';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mountRoot, unmountRoot } from './mount.js';

const folder = join(import.meta.dirname, '../../../linux/native');
const isRoot = process.getuid?.() === 0;

describe.skipIf(!isRoot)('the root of a container', () => {
  let native: Native;
  let directory: string;

  beforeAll(() => {
    execFileSync(join(folder, 'build.sh'), { stdio: 'inherit' });
    native = loadNative(join(folder, 'build/wharf-native.node'));
    // Of this thread alone: nothing of it is seen outside.
    native.unshare(CLONE_FS | CLONE_NEWNS);
    native.mount(null, '/', null, MS_REC | MS_PRIVATE, null);
    directory = mkdtempSync(join(tmpdir(), 'wharf-root-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test.each([
    ['is synced with the file system below it', false],
    ['of a step waits for no disk', true],
  ])('%s', (name, unsynced) => {
    const at = (part: string) => join(directory, name, part);
    for (const part of ['lower', 'upper', 'work']) mkdirSync(at(part), { recursive: true });
    const target = at('root');
    mountRoot(
      native,
      { lower: [at('lower')], upper: at('upper'), work: at('work'), target },
      unsynced,
    );
    const line = readFileSync('/proc/thread-self/mountinfo', 'utf8')
      .split('\n')
      .find((each) => each.includes(`${target.replaceAll(' ', String.raw`\040`)} `));
    expect(/\bvolatile\b/.test(line ?? '')).toBe(unsynced);
    writeFileSync(join(target, 'file'), 'content');
    unmountRoot(native, target);
    expect(readFileSync(at('upper/file'), 'utf8')).toBe('content');
  });
});
