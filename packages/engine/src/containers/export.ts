import type { CallOptions } from '@wharf/core';
import type { ContainerContext } from './dependencies.js';
import { openView } from './views.js';

/** The merged root as it is now; what is mounted on it stays out. */
export async function* exportFiles(
  context: ContainerContext,
  ref: string,
  { signal }: CallOptions,
): AsyncGenerator<Uint8Array> {
  await using view = await openView(context, ref, { signal, writing: false });
  context.records.publish(view.record.id, { action: 'export' });
  yield* context.fileAccess.packRoot(view.root, { signal: view.signal });
}
