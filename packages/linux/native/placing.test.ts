import {
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildAndLoad, temporaryFolder } from './fixture.js';

const native = buildAndLoad();
const second = 946_684_800;

function codeOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

describe('placeFile', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let [from, to] = [-1, -1];
  beforeAll(() => {
    folder = temporaryFolder();
    for (const name of ['from', 'to', 'from/in']) mkdirSync(join(folder.path, name));
    from = openSync(join(folder.path, 'from'), 'r');
    to = openSync(join(folder.path, 'to'), 'r');
  });
  afterAll(() => {
    closeSync(from);
    closeSync(to);
    folder[Symbol.dispose]();
  });
  const source = (name: string) => join(folder.path, 'from', name);
  const made = (name: string) => join(folder.path, 'to', name);

  test('a file has the content, owner, mode and time that are asked for', () => {
    writeFileSync(source('in/a'), 'content');
    native.placeFile(from, 'in/a', to, 'a', 1000, 1001, 0o4751, second);
    expect(readFileSync(made('a'), 'utf8')).toBe('content');
    const { mode, uid, gid, mtimeMs } = statSync(made('a'));
    expect([mode & 0o7777, uid, gid, mtimeMs]).toEqual([0o4751, 1000, 1001, second * 1000]);
  });

  test('the mode does not depend on the umask', () => {
    writeFileSync(source('open'), '');
    const before = process.umask(0o077);
    try {
      native.placeFile(from, 'open', to, 'open', 0, 0, 0o666, second);
    } finally {
      process.umask(before);
    }
    expect(statSync(made('open')).mode & 0o7777).toBe(0o666);
  });

  test('a file that is open is taken from its start', () => {
    writeFileSync(source('b'), 'b'.repeat(300_000));
    const fd = openSync(source('b'), 'r');
    native.placeFile(fd, '', to, 'b', 0, 0, 0o600, second);
    closeSync(fd);
    expect(statSync(made('b')).size).toBe(300_000);
  });

  test('holes stay', () => {
    writeFileSync(source('sparse'), 'x');
    truncateSync(source('sparse'), 8 << 20);
    native.placeFile(from, 'sparse', to, 'sparse', 0, 0, 0o600, second);
    const { size, blocks } = statSync(made('sparse'));
    expect([size, blocks < 100]).toEqual([8 << 20, true]);
  });

  test('what is there is neither followed nor written', () => {
    writeFileSync(source('c'), 'new');
    writeFileSync(made('there'), 'old');
    symlinkSync('missing', made('link'));
    for (const name of ['there', 'link'])
      expect(codeOf(() => native.placeFile(from, 'c', to, name, 0, 0, 0o600, second))).toBe(
        'EEXIST',
      );
    expect(readFileSync(made('there'), 'utf8')).toBe('old');
    expect(existsSync(made('missing'))).toBe(false);
  });

  test.each([
    ['is missing', 'nothing', 'ENODATA'],
    ['is a directory', 'in', 'ENODATA'],
    ['is a link', 'to-c', 'ELOOP'],
    ['leads out', '../to', 'EXDEV'],
  ])('a source that %s gives no file', (_, name, code) => {
    if (name === 'to-c') symlinkSync('c', source('to-c'));
    expect(codeOf(() => native.placeFile(from, name, to, 'none', 0, 0, 0o600, second))).toBe(code);
    expect(existsSync(made('none'))).toBe(false);
  });

  test('a name has one component', () => {
    for (const name of ['', 'a/b', '../x'])
      expect(codeOf(() => native.placeFile(from, 'c', to, name, 0, 0, 0o600, second))).toBe(
        'EINVAL',
      );
  });

  test('a second name of a file that was made is another file', () => {
    writeFileSync(source('d'), 'd');
    linkSync(source('d'), source('e'));
    native.placeFile(from, 'd', to, 'd', 0, 0, 0o600, second);
    native.placeFile(from, 'e', to, 'e', 0, 0, 0o600, second);
    expect(statSync(made('d')).nlink).toBe(1);
  });
});

test('directories are spread where the file system knows that, as often as it is asked', () => {
  using folder = temporaryFolder();
  chmodSync(folder.path, 0o700);
  const first = native.spreadDirectories(folder.path);
  expect(native.spreadDirectories(folder.path)).toBe(first);
  expect(codeOf(() => native.spreadDirectories(join(folder.path, 'missing')))).toBe('ENOENT');
});
