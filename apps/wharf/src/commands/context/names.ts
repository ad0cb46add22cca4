import { openContextStore } from '@wharf/client';
import type { Candidate } from '../../argv/index.js';

/** The names of contexts, for the shell. */
export async function contextNames(configDirectory: string): Promise<Candidate[]> {
  const list = await openContextStore(configDirectory).list();
  return list.map(({ name, host }) => ({ value: name, description: host }));
}
