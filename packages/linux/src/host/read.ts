import { readFile } from 'node:fs/promises';

/** A small file of proc(5) or sysfs, '' when it is not there. */
export function readText(path: string): Promise<string> {
  return readFile(path, 'latin1').catch(() => '');
}

/** The value of a line `Key:  value` of proc(5) status files. */
export function field(text: string, key: string): string | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${key}:`));
  return line?.slice(key.length + 1).trim();
}
