import { constants } from 'node:fs';
import { open, readdir, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** The files of one log, oldest first: `<path>.N[.gz]` … `<path>.1[.gz]`, `<path>`. */
export async function logFiles(path: string): Promise<readonly string[]> {
  const prefix = `${basename(path)}.`;
  const names: string[] = await readdir(dirname(path)).catch(() => []);
  const rotated = names
    .filter((name) => name.startsWith(prefix))
    .map((name) => ({ name, age: Number(name.slice(prefix.length).replace('.gz', '')) }))
    .filter(({ age }) => Number.isInteger(age) && age > 0)
    .sort((a, b) => b.age - a.age)
    .map(({ name }) => join(dirname(path), name));
  return names.includes(basename(path)) ? [...rotated, path] : rotated;
}

/** Opens a log file for reading; undefined when it is gone (rotated away). Links and pipes in its place are not followed (L-08). */
export async function openLog(path: string): Promise<FileHandle | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  return undefined;
}
