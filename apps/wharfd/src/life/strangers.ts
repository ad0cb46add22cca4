import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ContentStore, State } from '@wharf/engine';
import type { Digest } from '@wharf/oci';

/** Where the database was lost: what it knew and is still there, of which nobody knows whether anybody needs it. */
export function strangersNotice(
  dataRoot: string,
  { state, content }: { readonly state: Pick<State, 'strangers'>; readonly content: ContentStore },
): readonly string[] {
  const layers = [...state.strangers('snapshots')].filter((name) =>
    existsSync(join(dataRoot, 'snapshots', name)),
  );
  const blobs = [...state.strangers('blobs')].filter((digest) =>
    existsSync(content.path(digest as Digest)),
  );
  if (layers.length + blobs.length === 0) return [];
  return [
    `${layers.length} layers and ${blobs.length} blobs are of another state.db than this one and are kept: put that back, or see docs/state-on-disk.md`,
  ];
}
