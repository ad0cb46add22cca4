import type { OpResult } from '../executor.js';
import type { State } from '../../state/state.js';
import { readResult } from './result.js';
import { buildCacheRoots } from './roots.js';
import { packInputs, unpackInputs, type StoredInputs } from './stored-inputs.js';

/** Where an operation stands, by which the record of an earlier one like it is found. */
export interface Definition {
  readonly op: string;
  /** The context and Dockerfile as people name them. */
  readonly place: string;
  readonly stage: string;
  /** Of the step in its stage. */
  readonly number: number;
  /** The instruction as written, or what else names it. */
  readonly text: string;
  readonly platform: string;
}

export interface NewCacheEntry {
  readonly key: string;
  readonly kind: 'layer' | 'tree' | 'image';
  readonly result: OpResult;
  readonly inputs: StoredInputs;
  readonly description: string;
  readonly definition: Definition;
  /** Bytes that it adds to what it was made from. */
  readonly size: number;
  /** Chain ids and blobs that must stay while it does. */
  readonly roots: readonly string[];
}

export interface CacheEntry {
  readonly key: string;
  readonly kind: 'layer' | 'tree' | 'image';
  readonly result: OpResult;
  readonly description: string;
  readonly size: number;
  readonly createdMs: number;
  readonly usedMs: number;
  readonly uses: number;
}

/** Results by key. One that cannot be read is dropped when it is met (R8). */
export interface CacheEntries {
  find(key: string): CacheEntry | undefined;
  /** Inputs of a record, if it is here. */
  inputs(key: string): StoredInputs | undefined;
  put(entry: NewCacheEntry): void;
  /** Notes a use; a minute apart at least, so that a build of many steps writes little. */
  touch(keys: readonly string[]): void;
  remove(keys: readonly string[]): void;
  /** Inputs of the nearest earlier record: the same text at the same place, then in the same stage, anywhere, and the step of the same number. */
  nearest(definition: Definition): StoredInputs | undefined;
  list(): readonly CacheEntry[];
  /** Chain ids and blobs that records reach. */
  roots(): readonly string[];
  /** Trees that records are. */
  trees(): readonly string[];
}

interface Row {
  readonly key: string;
  readonly kind: 'layer' | 'tree' | 'image';
  readonly result: string;
  readonly description: string;
  readonly size: number;
  readonly created_ms: number;
  readonly used_ms: number;
  readonly uses: number;
}

/** A record that a power cut takes is a step that is executed again. */
const soon = { lasting: false };
const touchEveryMs = 60_000;
const columns = 'key, kind, result, description, size, created_ms, used_ms, uses';

/** A record is found by each of these in turn, the newest first, those of the same platform before others. */
const likeness = [
  'op = :op AND text = :text AND stage = :stage AND place = :place',
  'op = :op AND text = :text AND stage = :stage',
  'op = :op AND text = :text',
  'op = :op AND place = :place AND stage = :stage AND number = :number',
];

export function createCacheEntries(state: State, now: () => number): CacheEntries {
  const toEntry = (row: Row): CacheEntry | undefined => {
    const result = readResult(row.result);
    if (result === undefined) {
      remove([row.key]);
      return undefined;
    }
    const { key, kind, description, size, uses } = row;
    const times = { createdMs: row.created_ms, usedMs: row.used_ms };
    return { key, kind, result, description, size, uses, ...times };
  };
  const remove = (keys: readonly string[]): void => {
    if (keys.length === 0) return;
    state.transaction(
      ({ db }) => {
        const drop = db.prepare('DELETE FROM build_cache WHERE key = ?');
        for (const key of keys) drop.run(key);
      },
      { frees: true, lasting: false },
    );
  };
  return {
    remove,
    find(key) {
      const row = state.db.prepare(`SELECT ${columns} FROM build_cache WHERE key = ?`).get(key);
      return row === undefined ? undefined : toEntry(row as unknown as Row);
    },
    inputs(key) {
      const row = state.db.prepare('SELECT inputs FROM build_cache WHERE key = ?').get(key);
      return row === undefined ? undefined : unpackInputs((row as { inputs: Uint8Array }).inputs);
    },
    put: (entry) => put(state, entry, now()),
    touch(keys) {
      const before = now() - touchEveryMs;
      const isDue = state.db.prepare('SELECT 1 FROM build_cache WHERE key = ? AND used_ms < ?');
      const due = keys.filter((key) => isDue.get(key, before) !== undefined);
      if (due.length === 0) return;
      state.transaction(({ db }) => {
        const touch = db.prepare(
          'UPDATE build_cache SET used_ms = ?, uses = uses + 1 WHERE key = ?',
        );
        for (const key of due) touch.run(now(), key);
      }, soon);
    },
    nearest: (definition) => nearest(state, definition),
    list: () =>
      rows<Row>(state, `SELECT ${columns} FROM build_cache ORDER BY used_ms DESC, key`).flatMap(
        (row) => toEntry(row) ?? [],
      ),
    roots: buildCacheRoots(state),
    trees: () =>
      rows<Row>(state, `SELECT ${columns} FROM build_cache WHERE kind = 'tree'`).flatMap((row) => {
        const result = readResult(row.result);
        return result?.kind === 'tree' ? [result.digest] : [];
      }),
  };
}

function rows<T>(state: State, sql: string): T[] {
  return state.db.prepare(sql).all() as unknown as T[];
}

function put(state: State, entry: NewCacheEntry, nowMs: number): void {
  const { op, place, stage, number, text, platform } = entry.definition;
  const inputs = packInputs(entry.inputs);
  state.transaction(({ db }) => {
    db.prepare('DELETE FROM build_cache WHERE key = ?').run(entry.key);
    db.prepare(
      `INSERT INTO build_cache (key, kind, op, result, inputs, description, place, stage, number, text, platform, size, created_ms, used_ms, uses)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
    ).run(
      entry.key,
      entry.kind,
      op,
      JSON.stringify(entry.result),
      inputs,
      entry.description,
      place,
      stage,
      number,
      text,
      platform,
      entry.size,
      nowMs,
      nowMs,
    );
    const add = db.prepare('INSERT OR IGNORE INTO build_cache_roots (key, digest) VALUES (?, ?)');
    for (const root of entry.roots) add.run(entry.key, root);
  }, soon);
}

function nearest(state: State, definition: Definition): StoredInputs | undefined {
  for (const like of likeness) {
    const row = state.db
      .prepare(
        `SELECT inputs FROM build_cache WHERE ${like} ORDER BY platform = :platform DESC, used_ms DESC, created_ms DESC LIMIT 1`,
      )
      .get(only(definition, [...like.matchAll(/:([a-z]+)/g), [':platform', 'platform']]));
    const found = row && unpackInputs((row as { inputs: Uint8Array }).inputs);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** SQLite refuses values that a statement does not name. */
function only(
  definition: Definition,
  names: readonly (readonly string[])[],
): Record<string, string | number> {
  const wanted = new Set(names.map(([, name]) => name));
  return Object.fromEntries(Object.entries(definition).filter(([name]) => wanted.has(name)));
}
