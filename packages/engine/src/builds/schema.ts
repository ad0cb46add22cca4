import type { Schema } from '../state/state.js';

export const buildSchema: Schema = {
  noun: 'builds',
  migrations: [
    `CREATE TABLE build_cache (
       key TEXT PRIMARY KEY,
       kind TEXT NOT NULL,
       op TEXT NOT NULL,
       result TEXT NOT NULL,
       inputs BLOB NOT NULL,
       description TEXT NOT NULL,
       place TEXT NOT NULL,
       stage TEXT NOT NULL,
       number INTEGER NOT NULL,
       text TEXT NOT NULL,
       platform TEXT NOT NULL,
       size INTEGER NOT NULL,
       created_ms INTEGER NOT NULL,
       used_ms INTEGER NOT NULL,
       uses INTEGER NOT NULL
     ) STRICT;
     CREATE INDEX build_cache_text ON build_cache (op, text);
     CREATE INDEX build_cache_place ON build_cache (op, place, stage, number);
     CREATE TABLE build_cache_roots (
       key TEXT NOT NULL REFERENCES build_cache (key) ON DELETE CASCADE,
       digest TEXT NOT NULL,
       PRIMARY KEY (key, digest)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE build_trees (
       digest TEXT PRIMARY KEY,
       place TEXT NOT NULL,
       created_ms INTEGER NOT NULL,
       used_ms INTEGER NOT NULL,
       until_ms INTEGER NOT NULL
     ) STRICT;
     CREATE TABLE build_facts (
       key TEXT PRIMARY KEY,
       value TEXT NOT NULL,
       used INTEGER NOT NULL
     ) STRICT;
     CREATE INDEX build_facts_used ON build_facts (used);
     CREATE TABLE build_cache_mounts (
       name TEXT PRIMARY KEY,
       id TEXT NOT NULL,
       created_ms INTEGER NOT NULL,
       used_ms INTEGER NOT NULL
     ) STRICT;
     CREATE TABLE builds (
       id TEXT PRIMARY KEY,
       status TEXT NOT NULL,
       started_ms INTEGER NOT NULL,
       record TEXT NOT NULL
     ) STRICT;
     CREATE INDEX builds_started ON builds (started_ms)`,
  ],
};
