import type { ArchiveCompression } from '@wharf/core';
import type { FlagDefinition } from '../../argv/flags.js';
import { argumentError } from '../../argv/usage-error.js';

const compressions: readonly ArchiveCompression[] = ['gzip', 'zstd', 'none'];

/** The --compression of commands that write layers. */
export const compressionFlag = {
  type: 'string',
  description: 'Compression of layers: gzip, zstd or none',
  values: compressions,
  check: (text: string) =>
    compressions.some((known) => known === text) ? undefined : 'must be gzip, zstd or none',
} as const satisfies FlagDefinition;

/** What the flag says; undefined when it was not given. */
export function compressionOf(text: string | undefined): ArchiveCompression | undefined {
  const known = compressions.find((one) => one === text);
  if (known === undefined && text !== undefined) throw argumentError('unknown compression');
  return known;
}
