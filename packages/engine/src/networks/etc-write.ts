import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Brings a file that is mounted into a container up to date: in place, as the mount is of this inode, and never through
 * a link. Lines that the container itself has added stay.
 */
export async function amendEtcFile(
  directory: string,
  name: 'hosts' | 'resolv.conf',
  before: string,
  after: string,
): Promise<void> {
  if (before === after) return;
  const flags = constants.O_RDWR | constants.O_NOFOLLOW;
  await using file = await open(join(directory, name), flags);
  const found = await file.readFile('utf8');
  const content = Buffer.from(found === before ? after : merge(found, before, after));
  await file.write(content, 0, content.length, 0);
  await file.truncate(content.length);
}

function merge(found: string, before: string, after: string): string {
  const ours = new Set([...before.split('\n'), ...after.split('\n')]);
  const theirs = found.split('\n').filter((line) => line !== '' && !ours.has(line));
  return [...after.split('\n').filter((line) => line !== ''), ...theirs, ''].join('\n');
}
