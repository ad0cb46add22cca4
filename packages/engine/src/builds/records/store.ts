import type { BuildRecord } from '@wharf/core';
import { InvalidArgumentError, NotFoundError } from '@wharf/core';
import { decodeRecord, encodeRecord } from '../../state/json.js';
import type { NewEvent, State, TransactionOptions } from '../../state/state.js';
import { shownAddress } from '../address.js';

/** Records of builds. One that cannot be read is as if it were not there (R8). */
export interface BuildRecords {
  /** With an event when its status is another one. */
  put(record: BuildRecord): void;
  /** Newest first. */
  list(): readonly BuildRecord[];
  /** By id, an unambiguous beginning, or `latest`. not-found */
  get(ref: string): BuildRecord;
  /** With `lasting: false` a power cut may bring them back. */
  remove(ids: readonly string[], options?: Pick<TransactionOptions, 'lasting'>): void;
  /** Of those that have ended, but for so many of the newest. */
  olderThan(newest: number): readonly string[];
}

export function createBuildRecords(state: State): BuildRecords {
  const list = (where = '', ...values: string[]): readonly BuildRecord[] =>
    state.db
      .prepare(`SELECT record FROM builds ${where} ORDER BY started_ms DESC, id`)
      .all(...values)
      .flatMap((row) => readRecord((row as { record: string }).record) ?? []);
  return {
    list: () => list(),
    put(record) {
      const { id, status, startedAt } = record;
      // What a power cut takes of it is history; what the build has made is not in it.
      state.transaction(
        ({ db, emit }) => {
          const before = db.prepare('SELECT status FROM builds WHERE id = ?').get(id);
          db.prepare(
            'INSERT INTO builds (id, status, started_ms, record) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET status = excluded.status, record = excluded.record',
          ).run(id, status, startedAt.getTime(), encodeRecord(record));
          if (before?.['status'] !== status) emit(statusEvent(record));
        },
        { lasting: false },
      );
    },
    get(ref) {
      if (ref === '') throw new InvalidArgumentError('name a build by its id, or latest');
      const found = ref === 'latest' ? list().slice(0, 1) : beginning(list, ref);
      const [first, second] = found;
      if (first === undefined) throw new NotFoundError('build', ref);
      if (second !== undefined && first.id !== ref)
        throw new InvalidArgumentError(`several builds begin with ${ref}: give more of the id`);
      return first;
    },
    olderThan: (newest) =>
      state.db
        .prepare(
          "SELECT id FROM builds WHERE status <> 'running' ORDER BY started_ms DESC, id LIMIT -1 OFFSET ?",
        )
        .all(newest)
        .map((row) => (row as { id: string }).id),
    remove(ids, options) {
      state.transaction(
        ({ db }) => {
          const drop = db.prepare('DELETE FROM builds WHERE id = ?');
          for (const id of ids) drop.run(id);
        },
        { frees: true, ...options },
      );
    },
  };
}

const actions: Readonly<Record<BuildRecord['status'], string>> = {
  running: 'start',
  completed: 'complete',
  failed: 'fail',
  cancelled: 'cancel',
};

/** Docker tells of prunes alone; the type is its own. */
function statusEvent({ id, name, status, image }: BuildRecord): NewEvent {
  const made = image === undefined ? {} : { digest: image.digest, images: image.names.join(',') };
  return {
    type: 'builder',
    action: actions[status],
    actorId: id,
    attributes: { name, ...made },
  };
}

function beginning(
  list: (where: string, ...values: string[]) => readonly BuildRecord[],
  ref: string,
): readonly BuildRecord[] {
  const exact = list('WHERE id = ?', ref);
  return exact.length > 0 ? exact : list('WHERE substr(id, 1, length(?1)) = ?1', ref);
}

function readRecord(text: string): BuildRecord | undefined {
  try {
    const record = decodeRecord<BuildRecord>(text);
    if (!(record.startedAt instanceof Date) || !Array.isArray(record.steps)) return undefined;
    return { ...record, name: shownAddress(record.name) };
  } catch {
    return undefined;
  }
}
