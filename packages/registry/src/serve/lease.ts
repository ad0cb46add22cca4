import { createHash } from 'node:crypto';

/** Holds what clients have pushed to a repository until a name reaches it. */
export function leaseOf(repository: string): string {
  return `registry-${createHash('sha256').update(repository).digest('hex').slice(0, 32)}`;
}
