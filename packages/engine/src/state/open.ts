import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { DataLossError, FailedPreconditionError } from '@wharf/core';
import type { Ballast } from '../disk/ballast.js';
import { isDiskFull } from '../disk/full.js';
import type { NewEvent, Schema, State, Transaction } from './state.js';
import { prepareStrangers, strangers } from './strangers.js';

/** More than there are, but for those of lists of every length. */
const mostKept = 500;

export interface OpenStateOptions {
  /** Path of the database file; its directory exists and is ours. */
  readonly path: string;
  readonly schemas: readonly Schema[];
  /** Appends an event to the log inside the running transaction. */
  readonly appendEvent: (db: DatabaseSync, event: NewEvent) => bigint;
  /** Called after each commit that emitted events. */
  readonly onCommitted: () => void;
  /** For what frees room on a full disk. */
  readonly ballast?: Pick<Ballast, 'release'>;
}

/**
 * Opens the state database, checks it and brings each noun's tables to their newest version.
 * A database written by a newer Wharf is refused (failed-precondition), a damaged one is data-loss.
 */
export function openState(options: OpenStateOptions): State {
  const { path, schemas, ballast } = options;
  const orWithBallast = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (!isDiskFull(error) || ballast?.release() !== true) throw error;
      return work();
    }
  };
  const db = orWithBallast(() => openChecked(path));
  keepStatements(db);
  orWithBallast(() => prepareStrangers(db));
  migrate(db, schemas);
  let open = false;
  const [begin, commit] = [db.prepare('BEGIN IMMEDIATE'), db.prepare('COMMIT')];
  const transact = <T>(work: (tx: Transaction) => T): T => {
    begin.run();
    open = true;
    let emitted = false;
    try {
      const result = work({
        db,
        emit: (event) => {
          emitted = true;
          return options.appendEvent(db, event);
        },
      });
      commit.run();
      open = false;
      if (emitted) options.onCommitted();
      return result;
    } catch (error) {
      if (open) {
        open = false;
        rollBack(db);
      }
      throw error;
    }
  };
  // A commit of a log that is written ahead waits for the disk with FULL alone. https://sqlite.org/pragma.html#pragma_synchronous
  let waits = true;
  const setWaits = (wanted: boolean): void => {
    if (wanted === waits) return;
    db.exec(`PRAGMA synchronous=${wanted ? 'FULL' : 'NORMAL'}`);
    waits = wanted;
  };
  const transaction: State['transaction'] = (work, { frees = false, lasting = true } = {}) => {
    if (open) throw new FailedPreconditionError('state transactions do not nest');
    setWaits(lasting);
    return frees ? orWithBallast(() => transact(work)) : transact(work);
  };
  return { db, transaction, ...strangers(db, transaction), close: () => db.close() };
}

function rollBack(db: DatabaseSync): void {
  try {
    db.exec('ROLLBACK');
  } catch {
    // SQLite has rolled back by itself (disk full, I/O error); the first error is the one that counts.
  }
}

/** To compile a statement takes longer than to execute most: each is compiled once. None is executed while another run of it is not over. */
function keepStatements(db: DatabaseSync): void {
  const kept = new Map<string, StatementSync>();
  const prepare = db.prepare.bind(db);
  db.prepare = (sql, ...rest) => {
    if (rest.length > 0) return prepare(sql, ...rest);
    const found = kept.get(sql);
    if (found !== undefined) return found;
    if (kept.size >= mostKept) kept.clear();
    const made = prepare(sql);
    kept.set(sql, made);
    return made;
  };
}

function openChecked(path: string): DatabaseSync {
  try {
    const db = new DatabaseSync(path);
    db.exec(
      'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=5000',
    );
    const check = db.prepare('PRAGMA quick_check(1)').get() as { quick_check?: string } | undefined;
    if (check?.quick_check !== 'ok') {
      throw new DataLossError(`state database ${path} is damaged: ${String(check?.quick_check)}`);
    }
    return db;
  } catch (error) {
    if (error instanceof DataLossError) throw error;
    throw new DataLossError(
      `state database ${path} cannot be opened, restore it from a backup or move it away to start empty`,
      { cause: error },
    );
  }
}

function migrate(db: DatabaseSync, schemas: readonly Schema[]): void {
  db.exec(
    'CREATE TABLE IF NOT EXISTS schema_versions (noun TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT',
  );
  const read = db.prepare('SELECT version FROM schema_versions WHERE noun = ?');
  const write = db.prepare(
    'INSERT INTO schema_versions (noun, version) VALUES (?, ?) ON CONFLICT (noun) DO UPDATE SET version = excluded.version',
  );
  for (const schema of schemas) {
    const row = read.get(schema.noun) as { version: number } | undefined;
    const from = row?.version ?? 0;
    if (from > schema.migrations.length) {
      throw new FailedPreconditionError(
        `state of ${schema.noun} has version ${from}, this wharfd knows ${schema.migrations.length}: run a newer wharfd`,
      );
    }
    if (from === schema.migrations.length) continue;
    db.exec('BEGIN IMMEDIATE');
    for (const step of schema.migrations.slice(from)) db.exec(step);
    write.run(schema.noun, schema.migrations.length);
    db.exec('COMMIT');
  }
}
