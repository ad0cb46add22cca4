import { readFile } from 'node:fs/promises';
import { FailedPreconditionError, systemAuthorities } from '@wharf/core';

/**
 * PEM of all who are trusted; undefined leaves it to the TLS library. Read anew each time, since hosts renew their bundle.
 * @throws FailedPreconditionError
 */
export async function trustedAuthorities(caFile: string | undefined): Promise<string | undefined> {
  const system = await systemAuthorities((path) => readFile(path, 'utf8'));
  if (caFile === undefined) return system;
  const own = await readFile(caFile, 'utf8').catch((cause: unknown) => {
    throw new FailedPreconditionError(`cannot read ${caFile}: put a PEM file there`, { cause });
  });
  return `${system ?? ''}\n${own}`;
}
