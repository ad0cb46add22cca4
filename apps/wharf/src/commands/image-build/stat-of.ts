import { statSync, type Stats } from 'node:fs';

/** What a path is; undefined where nothing can be seen there. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
