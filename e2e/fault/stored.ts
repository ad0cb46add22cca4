import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestDaemon } from '@wharf/testing';

/** What the image store has on disk. */
export interface Stored {
  /** Digests, in order. */
  readonly blobs: readonly string[];
  /** Blobs on their way in. */
  readonly ingests: readonly string[];
  /** Unpacked layers. */
  readonly snapshots: number;
  /** Layers being unpacked, and what else is only for a while. */
  readonly temporary: readonly string[];
}

export const nothing: Stored = { blobs: [], ingests: [], snapshots: 0, temporary: [] };

const chainId = /^[0-9a-f]{64}$/;

export async function contentOf({ dataRoot }: Pick<TestDaemon, 'dataRoot'>): Promise<Stored> {
  const blobs = await readdir(join(dataRoot, 'content/blobs/sha256'));
  const unpacked = (await readdir(join(dataRoot, 'snapshots'))).filter((name) => name !== 'empty');
  const temporary = await readdir(join(dataRoot, 'tmp'));
  return {
    blobs: blobs.map((hex) => `sha256:${hex}`).sort(),
    ingests: await readdir(join(dataRoot, 'content/ingest')),
    snapshots: unpacked.filter((name) => chainId.test(name)).length,
    temporary: [...unpacked.filter((name) => !chainId.test(name)), ...temporary],
  };
}
