import { existsSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';

/** Remembers which of these folders exist; disposing removes the others, if empty, last one first. */
export function newFolders(...paths: readonly string[]): AsyncDisposable {
  const missing = paths.filter((path) => !existsSync(path));
  return {
    async [Symbol.asyncDispose]() {
      for (const path of missing.toReversed()) await rmdir(path).catch(() => undefined);
    },
  };
}
