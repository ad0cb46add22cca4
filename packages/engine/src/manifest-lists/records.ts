import { NotFoundError } from '@wharf/core';
import {
  makeImageIndex,
  parseImageIndex,
  serialiseImageIndex,
  type Digest,
  type IndexEntry,
} from '@wharf/oci';
import type { State } from '../state/state.js';

/** One manifest of a list that is being put together. */
export interface ListEntry {
  /** Canonical name by which it was added. */
  readonly source: string;
  /** Canonical repository that it comes from. */
  readonly repository: string;
  readonly entry: IndexEntry;
}

export interface ListRecords {
  exists(name: string): boolean;
  /** In the order in which they were added; not-found if there is no such list. */
  entries(name: string): readonly ListEntry[];
  /** Makes the list if need be; a source that is there already is replaced in its place. */
  add(name: string, entries: readonly ListEntry[]): void;
  /** False when there was none. */
  remove(name: string): boolean;
}

interface Row {
  readonly source: string;
  readonly repository: string;
  readonly entry: string;
}

export function createListRecords(state: State): ListRecords {
  const exists = (name: string): boolean =>
    state.db.prepare('SELECT 1 FROM manifest_lists WHERE name = ?').get(name) !== undefined;
  return {
    exists,
    entries(name) {
      if (!exists(name)) throw new NotFoundError('manifest list', name);
      const rows = state.db
        .prepare(
          'SELECT source, repository, entry FROM manifest_list_entries WHERE list = ? ORDER BY position',
        )
        .all(name) as unknown as Row[];
      return rows.map(({ source, repository, entry }) => ({
        source,
        repository,
        entry: readEntry(entry),
      }));
    },
    add(name, entries) {
      state.transaction(({ db }) => {
        db.prepare('INSERT OR IGNORE INTO manifest_lists (name, created_ms) VALUES (?, ?)').run(
          name,
          Date.now(),
        );
        const insert = db.prepare(
          `INSERT INTO manifest_list_entries (list, position, source, repository, entry)
           VALUES (?, (SELECT COALESCE(MAX(position), 0) + 1 FROM manifest_list_entries WHERE list = ?), ?, ?, ?)
           ON CONFLICT (list, source) DO UPDATE SET repository = excluded.repository, entry = excluded.entry`,
        );
        for (const { source, repository, entry } of entries)
          insert.run(name, name, source, repository, writeEntry(entry));
      });
    },
    remove: (name) =>
      state.transaction(
        ({ db }) => db.prepare('DELETE FROM manifest_lists WHERE name = ?').run(name).changes > 0,
      ),
  };
}

/** Stored in the words of the format itself: an index of one entry. */
function writeEntry(entry: IndexEntry): string {
  return Buffer.from(serialiseImageIndex(makeImageIndex([entry]))).toString();
}

function readEntry(text: string): IndexEntry {
  return parseImageIndex(Buffer.from(text)).manifests[0] as IndexEntry & { digest: Digest };
}
