import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

/** Fixed places: what the caller's PATH says has no part in what root executes. */
const places = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The first executable of that name in the system's own directories. */
export async function findExecutable(name: string): Promise<string | undefined> {
  for (const place of places) {
    const path = join(place, name);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}
