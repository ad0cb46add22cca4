import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PreparedMount } from '@wharf/api/shim';
import {
  CLONE_FS,
  CLONE_NEWNS,
  MNT_DETACH,
  MS_PRIVATE,
  MS_REC,
  ensurePath,
  loadNative,
  type Native,
} from '@wharf/linux/native';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { prepareMount } from './prepare.js';

const folder = join(import.meta.dirname, '../../../linux/native');
const isRoot = process.getuid?.() === 0;
const user = { uid: 0, gid: 0 };

describe.skipIf(!isRoot)('what the shim makes ready', () => {
  let native: Native;
  let directory: string;
  const inside = (...names: string[]) => join(directory, ...names);

  beforeAll(() => {
    execFileSync(join(folder, 'build.sh'), { stdio: 'inherit' });
    native = loadNative(join(folder, 'build/wharf-native.node'));
    // Of this thread alone: nothing of it is seen outside.
    native.unshare(CLONE_FS | CLONE_NEWNS);
    native.mount(null, '/', null, MS_REC | MS_PRIVATE, null);
  });
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'wharf-prepare-'));
    for (const name of ['low/sub', 'upper', 'work', 'root']) {
      mkdirSync(inside(name), { recursive: true });
    }
    writeFileSync(inside('low/sub/file'), 'lower');
  });
  afterEach(() => {
    const mounted = readFileSync('/proc/thread-self/mountinfo', 'utf8')
      .split('\n')
      .flatMap((line) => line.split(' ')[4] ?? [])
      .filter((path) => path.startsWith(`${directory}/`));
    for (const path of mounted.reverse()) native.umount(path, MNT_DETACH);
    rmSync(directory, { recursive: true });
  });
  afterAll(() => {
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('wharf-prepare-'))).toEqual([]);
  });

  const prepare = (wanted: Partial<PreparedMount>) =>
    prepareMount(native, PreparedMount.fromPartial({ target: inside('m/0'), ...wanted }), user);

  test('a file in memory has its content, owner and mode, and is on no disk', () => {
    const memory = { content: Buffer.from('secret'), uid: 7, gid: 8, mode: 0o440 };
    expect(prepare({ memory })).toBe(false);
    expect(readFileSync(inside('m/0'), 'utf8')).toBe('secret');
    const { uid, gid, mode, dev } = statSync(inside('m/0'));
    expect({ uid, gid, mode: mode & 0o7777 }).toEqual({ uid: 7, gid: 8, mode: 0o440 });
    expect(dev).not.toBe(statSync(directory).dev);
  });

  test('what is written to a stack with scratch space goes there alone', () => {
    const wanted = { lower: [inside('low')], subpath: 'sub' };
    expect(prepare({ ...wanted, upper: inside('upper'), work: inside('work') })).toBe(true);
    writeFileSync(inside('m/0/file'), 'changed');
    expect(readFileSync(inside('upper/sub/file'), 'utf8')).toBe('changed');
    expect(readFileSync(inside('low/sub/file'), 'utf8')).toBe('lower');
  });

  test('a stack without scratch space is read-only, and a part of it may be a file', () => {
    expect(prepare({ lower: [inside('low')], subpath: 'sub/file' })).toBe(false);
    expect(() => writeFileSync(inside('m/0'), 'x')).toThrow(/EROFS/);
  });

  test('a source that is a link is refused, also as the last name', () => {
    symlinkSync('/etc', inside('low/link'));
    expect(() => prepare({ source: inside('low'), subpath: 'link' })).toThrow(/link/);
    expect(existsSync(inside('m/0'))).toBe(false);
  });

  test('a source that goes while it is mounted is refused by name', () => {
    mkdirSync(inside('low/gone'));
    const racing = Object.assign(Object.create(native) as Native, {
      openTree(path: string, recursive: boolean) {
        rmSync(inside('low/gone'), { recursive: true });
        return native.openTree(path, recursive);
      },
    });
    const wanted = { source: inside('low'), subpath: 'gone', target: inside('m/0') };
    expect(() => prepareMount(racing, PreparedMount.fromPartial(wanted), user)).toThrow(
      /low\/gone: somebody has removed it/,
    );
  });

  test('what is made for a place is told without links, parents first', () => {
    mkdirSync(inside('root/real'));
    symlinkSync('/real', inside('root/link'));
    const place = (path: string, isDirectory: boolean) =>
      ensurePath(native, inside('root'), { path, directory: isDirectory });
    expect(place('/link/a/b', true)).toEqual(['/real/a', '/real/a/b']);
    expect(place('/link/a/f', false)).toEqual(['/real/a/f']);
    expect(place('/link/a/f', false)).toEqual([]);
    expect(place('/real', true)).toEqual([]);
  });
});
