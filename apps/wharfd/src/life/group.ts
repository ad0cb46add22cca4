import { readFile } from 'node:fs/promises';
import { InvalidArgumentError } from '@wharf/core';

/** The number of a group of the host, by name or number; undefined for none. */
export async function groupId(name: string): Promise<number | undefined> {
  if (name === '') return undefined;
  if (/^\d{1,10}$/.test(name)) return Number(name);
  const lines = (await readFile('/etc/group', 'utf8')).split('\n');
  const line = lines.find((entry) => entry.startsWith(`${name}:`));
  const id = Number(line?.split(':')[2] ?? Number.NaN);
  if (!Number.isInteger(id)) {
    throw new InvalidArgumentError(
      `group ${name} does not exist: create it or choose another --group`,
    );
  }
  return id;
}
