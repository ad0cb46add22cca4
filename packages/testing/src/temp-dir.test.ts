import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from './run.js';
import { tempDir } from './temp-dir.js';

test('the folder is gone after its scope', async () => {
  let path: string;
  {
    await using dir = await tempDir();
    path = dir.path;
    await writeFile(join(path, 'file'), '');
  }
  await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
});

test.runIf(process.getuid?.() === 0)('what is mounted below keeps its files', async () => {
  await using source = await tempDir();
  await writeFile(join(source.path, 'kept'), '');
  {
    await using dir = await tempDir();
    const target = join(dir.path, 'a mount');
    await mkdir(target);
    expect((await run('mount', ['--bind', source.path, target])).code).toBe(0);
  }
  await expect(stat(join(source.path, 'kept'))).resolves.toBeDefined();
});
