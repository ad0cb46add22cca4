import { chmod, chown, mkdir, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallOptions } from '@wharf/core';
import { volumePaths, type VolumeContext } from './context.js';
import { needsMount, openContent } from './content.js';
import { createVolume } from './create.js';
import { contentView } from './export.js';
import { isLocal } from './plugins.js';
import { removeVolume, trashName } from './remove.js';

const toTop = { path: '/', noOverwriteDirNonDir: false, top: true };

/** Unpacks an archive; one that is refused leaves no new volume, and with `replace` what was there. */
export async function importFiles(
  context: VolumeContext,
  name: string,
  archive: AsyncIterable<Uint8Array>,
  { signal, replace = false }: CallOptions & { readonly replace?: boolean },
): Promise<void> {
  await using undo = new AsyncDisposableStack();
  if (context.records.find(name) === undefined) {
    await createVolume(context, { name, driver: '', driverOptions: {}, labels: {} }, { signal });
    undo.defer(() => removeVolume(context, name, { signal: AbortSignal.timeout(60_000) }));
  }
  await unpack(context, name, archive, { signal, replace });
  undo.move();
}

async function unpack(
  context: VolumeContext,
  name: string,
  archive: AsyncIterable<Uint8Array>,
  { signal, replace }: CallOptions & { readonly replace: boolean },
): Promise<void> {
  await using content = await openContent(context, name, { signal });
  const { fileAccess } = context;
  if (!replace) {
    await fileAccess.unpackInto(contentView(content.path), toTop, archive, { signal });
    return;
  }
  const record = context.records.get(name);
  if (needsMount(record) || !isLocal(record)) {
    const remove = (await readdir(content.path, 'latin1')).map(String);
    const request = { ...toTop, remove };
    await fileAccess.unpackInto(contentView(content.path), request, archive, { signal });
    return;
  }
  await replaceContent(context, name, (staging) =>
    fileAccess.unpackInto(contentView(staging), toTop, archive, { signal }),
  );
}

/** What `fill` puts into an empty directory takes the place of the content, once it is whole. `_data` itself stays. */
async function replaceContent(
  context: VolumeContext,
  name: string,
  fill: (staging: string) => Promise<void>,
): Promise<void> {
  const { data } = volumePaths(context, name);
  const { directory: aside, staging, old } = stagingPlaces(context);
  await using undo = new AsyncDisposableStack();
  undo.defer(() => context.files.removeTree(aside, { signal: AbortSignal.timeout(600_000) }));
  await mkdir(staging, { recursive: true, mode: 0o755 });
  await mkdir(old);
  const before = await stat(data);
  await chown(staging, before.uid, before.gid);
  await chmod(staging, before.mode & 0o7777);
  await fill(staging);
  for (const each of await readdir(data, 'buffer')) await rename(at(data, each), at(old, each));
  for (const each of await readdir(staging, 'buffer'))
    await rename(at(staging, each), at(data, each));
  const { uid, gid, mode } = await stat(staging);
  await chown(data, uid, gid);
  await chmod(data, mode & 0o7777);
}

/** Swept at the next start if this daemon dies. */
function stagingPlaces({ root }: Pick<VolumeContext, 'root'>): {
  readonly directory: string;
  readonly staging: string;
  readonly old: string;
} {
  const directory = join(root, trashName());
  return { directory, staging: join(directory, 'new'), old: join(directory, 'old') };
}

function at(directory: string, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${directory}/`), name]);
}

/** The far end of `send`: paths that are no more go, the archive comes over what is there. */
export async function applyEntries(
  context: VolumeContext,
  name: string,
  {
    removed,
    archive,
  }: {
    readonly removed: readonly string[];
    readonly archive: AsyncIterable<Uint8Array>;
  },
  { signal }: CallOptions,
): Promise<void> {
  await using content = await openContent(context, name, { signal });
  const request = { ...toTop, remove: removed };
  await context.fileAccess.unpackInto(contentView(content.path), request, archive, { signal });
}
