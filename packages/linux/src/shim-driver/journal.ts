import { readFile } from 'node:fs/promises';
import { parseJournal } from '@wharf/api/shim';
import type { JournalEntry } from '@wharf/engine/ports';
import { fromEntry } from './convert.js';

/** The entries of a journal file after the cursor; none when the file does not exist. */
export async function readJournalFile(
  path: string,
  afterSequence: bigint,
): Promise<readonly JournalEntry[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return parseJournal(text)
    .filter((entry) => entry.sequence > afterSequence)
    .map(fromEntry);
}
