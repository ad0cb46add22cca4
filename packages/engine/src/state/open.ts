import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { DataLossError, FailedPreconditionError } from '@wharf/core';
import type { Ballast } from '../disk/ballast.js';
import { isDiskFull } from '../disk/full.js';
import type { NewEvent, Schema, State, Transaction } from './state.js';

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
  const createdMs = noteCreation(db, path);
  migrate(db, schemas);
  let open = false;
  const transact = <T>(work: (tx: Transaction) => T): T => {
    db.exec('BEGIN IMMEDIATE');
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
      db.exec('COMMIT');
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
  const soon = <T>(work: () => T): T => {
    db.exec('PRAGMA synchronous=NORMAL');
    try {
      return work();
    } finally {
      db.exec('PRAGMA synchronous=FULL');
    }
  };
  return {
    db,
    createdMs,
    transaction(work, { frees = false, lasting = true } = {}) {
      if (open) throw new FailedPreconditionError('state transactions do not nest');
      const once = lasting ? () => transact(work) : () => soon(() => transact(work));
      return frees ? orWithBallast(once) : once();
    },
    close: () => db.close(),
  };
}

function rollBack(db: DatabaseSync): void {
  try {
    db.exec('ROLLBACK');
  } catch {
    // SQLite has rolled back by itself (disk full, I/O error); the first error is the one that counts.
  }
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

/** Once, in the database itself, so that a copy that is put back knows it too; 0 where an earlier wharfd made it. */
function noteCreation(db: DatabaseSync, path: string): number {
  const isNew = db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
  db.exec('CREATE TABLE IF NOT EXISTS creation (ms REAL NOT NULL) STRICT');
  const noted = db.prepare('SELECT ms FROM creation').get() as { ms: number } | undefined;
  if (noted !== undefined) return noted.ms;
  const ms = isNew ? (statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0) : 0;
  db.prepare('INSERT INTO creation (ms) VALUES (?)').run(ms);
  return ms;
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
