import type { CallOptions, VolumeEntry } from '@wharf/core';
import type { RootView } from '../containers/file-ports.js';
import type { VolumeContext } from './context.js';
import { openContent } from './content.js';

/** The content of a volume as the file port sees it. */
export function contentView(path: string): RootView {
  return { root: { kind: 'directory', path }, readOnly: false, mounts: [] };
}

/** A deterministic tar of the content, its top directory first; of `paths` alone where they are given. */
export async function* exportFiles(
  context: VolumeContext,
  name: string,
  options: CallOptions & { readonly paths?: readonly string[] },
): AsyncGenerator<Uint8Array> {
  await using content = await openContent(context, name, options);
  yield* context.fileAccess.packRoot(contentView(content.path), { ...options, top: true });
}

export async function* entries(
  context: VolumeContext,
  name: string,
  options: CallOptions,
): AsyncGenerator<readonly VolumeEntry[]> {
  await using content = await openContent(context, name, options);
  yield* context.fileAccess.entries(contentView(content.path), options);
}
