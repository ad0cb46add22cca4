import type { Schema } from '../state/state.js';

export const manifestListSchema: Schema = {
  noun: 'manifest-lists',
  migrations: [
    `CREATE TABLE manifest_lists (name TEXT PRIMARY KEY, created_ms INTEGER NOT NULL) STRICT;
     CREATE TABLE manifest_list_entries (
       list TEXT NOT NULL REFERENCES manifest_lists (name) ON DELETE CASCADE,
       position INTEGER NOT NULL,
       source TEXT NOT NULL,
       repository TEXT NOT NULL,
       entry TEXT NOT NULL,
       PRIMARY KEY (list, source)
     ) STRICT`,
  ],
};
