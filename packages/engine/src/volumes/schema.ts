import type { Schema } from '../state/state.js';

export const volumeSchema: Schema = {
  noun: 'volumes',
  migrations: [
    `CREATE TABLE volumes (
       name TEXT PRIMARY KEY,
       record TEXT NOT NULL
     ) STRICT`,
  ],
};
