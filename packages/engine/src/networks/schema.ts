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
  ],
};
