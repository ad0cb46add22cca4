import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AT_FDCWD, O_DIRECTORY, O_PATH } from './constants.js';
import { buildAndLoad, temporaryFolder } from './fixture.js';

const native = buildAndLoad();

test('a plain file that fits is read in one call, anything else is not', () => {
  using folder = temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  for (const name of ['plain', 'linked', 'named']) writeFileSync(at(name), 'content');
  utimesSync(at('plain'), 5, 5);
  linkSync(at('linked'), at('other'));
  native.lsetxattr(at('named'), 'user.key', Buffer.from('value'));
  writeFileSync(at('empty'), '');
  writeFileSync(at('large'), 'x'.repeat(17));
  writeFileSync(at('full'), 'y'.repeat(16));
  symlinkSync('plain', at('link'));
  execFileSync('mkfifo', [at('fifo')]);
  mkdirSync(at('directory'));
  const fd = native.openat2(AT_FDCWD, folder.path, O_PATH | O_DIRECTORY, 0, 0);
  const target = Buffer.alloc(16);
  try {
    const read = (name: string) => native.readPlainFile(fd, name, target);
    expect(read('plain')).toMatchObject({ read: 7, size: 7, mtimeSec: 5, changed: false });
    expect(target.toString('latin1', 0, 7)).toBe('content');
    expect(read('full')).toMatchObject({ read: 16 });
    expect(target.toString()).toBe('y'.repeat(16));
    expect(read('empty')).toMatchObject({ read: 0, size: 0, changed: false });
    for (const name of ['linked', 'named', 'large'])
      expect(read(name)).toMatchObject({ read: -1, changed: false });
    for (const name of ['link', 'fifo', 'directory', 'missing', 'plain/x'])
      expect(read(name)).toBeNull();
    expect(() => native.readPlainFile(fd, 'plain', 'text' as never)).toThrow('Uint8Array');
  } finally {
    native.close(fd);
  }
});
