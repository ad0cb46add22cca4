import {
  isWharfError,
  WharfError,
  type CallOptions,
  type CopiedPath,
  type CopyInOptions,
  type PathStat,
} from '@wharf/core';
import type { ContainerContext } from './dependencies.js';
import { openView } from './views.js';

export async function statPath(
  context: ContainerContext,
  ref: string,
  path: string,
  { signal }: CallOptions,
): Promise<PathStat> {
  await using view = await openView(context, ref, { signal, writing: false });
  try {
    return await context.fileAccess.stat(view.root, path, { signal: view.signal });
  } catch (error) {
    throw inDockersWords(error, path, ref);
  }
}

/** The container's files are held until the archive is read or left, or the signal fires. */
export async function copyOut(
  context: ContainerContext,
  ref: string,
  path: string,
  { signal, followLink = false }: CallOptions & { readonly followLink?: boolean },
): Promise<CopiedPath> {
  await using undo = new AsyncDisposableStack();
  const view = undo.use(await openView(context, ref, { signal, writing: false }));
  try {
    const options = { signal: view.signal };
    const { stat, archive } = await context.fileAccess.pack(
      view.root,
      { path, followLink },
      options,
    );
    context.records.publish(view.record.id, { action: 'archive-path' });
    return { stat, archive: new HeldArchive(archive, undo.move(), options) };
  } catch (error) {
    throw inDockersWords(error, path, ref);
  }
}

export async function copyIn(
  context: ContainerContext,
  ref: string,
  path: string,
  archive: AsyncIterable<Uint8Array>,
  { signal, noOverwriteDirNonDir = false }: CopyInOptions,
): Promise<void> {
  await using view = await openView(context, ref, { signal, writing: true });
  const request = { path, noOverwriteDirNonDir };
  try {
    await context.fileAccess.unpackInto(view.root, request, archive, { signal: view.signal });
  } catch (error) {
    throw inDockersWords(error, path, ref);
  }
  context.records.publish(view.record.id, { action: 'extract-to-dir' });
}

/** Scripts look for these words. */
function inDockersWords(error: unknown, path: string, ref: string): unknown {
  if (!isWharfError(error) || error.code !== 'not-found') return error;
  const message = `Could not find the file ${path} in container ${ref}`;
  return new WharfError('not-found', message, {
    cause: error,
    facts: { kind: 'file', name: path, container: ref },
  });
}

/** Lets go of what it is read from at its end. */
class HeldArchive implements AsyncIterable<Uint8Array> {
  readonly #archive: AsyncIterable<Uint8Array>;
  readonly #held: AsyncDisposableStack;

  constructor(
    archive: AsyncIterable<Uint8Array>,
    held: AsyncDisposableStack,
    { signal }: CallOptions,
  ) {
    this.#archive = archive;
    this.#held = held;
    const leave = (): void => void held.disposeAsync();
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    await using _ = this.#held;
    yield* this.#archive;
  }
}
