import type { Schema } from '../state/state.js';

export const networkSchema: Schema = {
  noun: 'networks',
  migrations: [
    `CREATE TABLE networks (
       id TEXT PRIMARY KEY,
       name TEXT NOT NULL UNIQUE,
       record TEXT NOT NULL
     ) STRICT;
     CREATE TABLE endpoints (
       container_id TEXT PRIMARY KEY,
       record TEXT NOT NULL
     ) STRICT`,
    // What the table of the packet filter looked like when it was last seen to be right.
    'CREATE TABLE seen_filter (structure TEXT NOT NULL) STRICT',
  ],
};
