import { isWharfError, type CallOptions, type Volumes } from '@wharf/core';

export interface VolumeEnds {
  readonly source: Volumes;
  readonly target: Volumes;
}

export interface SentVolume {
  readonly changed: number;
  readonly removed: number;
  readonly unchanged: number;
  /** Of the archive that went over. */
  readonly bytes: number;
}

/**
 * Makes the content of `to` at the target what `name` has at the source: files that the target has already do not
 * travel. The target's volume is made when it is missing, with the labels of the source's.
 */
export async function sendVolume(
  { source, target }: VolumeEnds,
  { name, to }: { readonly name: string; readonly to: string },
  { signal }: CallOptions,
): Promise<SentVolume> {
  const { labels } = await source.get(name, { signal });
  const wanted = await digests(source, name, { signal });
  await makeTarget(target, to, labels, { signal });
  const there = await digests(target, to, { signal });
  const changed = [...wanted].flatMap(([path, digest]) =>
    there.get(path) === digest ? [] : [path],
  );
  const removed = [...there.keys()].filter((path) => !wanted.has(path));
  const unchanged = wanted.size - changed.length;
  let bytes = 0;
  if (changed.length + removed.length > 0) {
    const files = source.exportEntries(name, changed, { signal });
    const counted = count(files, (size) => (bytes += size));
    await target.applyEntries(to, topmost(removed), counted, { signal });
  }
  return { changed: changed.length, removed: removed.length, unchanged, bytes };
}

async function digests(
  volumes: Volumes,
  name: string,
  options: CallOptions,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const batch of volumes.entries(name, options)) {
    for (const { path, digest } of batch) found.set(path, digest);
  }
  return found;
}

async function makeTarget(
  target: Volumes,
  name: string,
  labels: Readonly<Record<string, string>>,
  options: CallOptions,
): Promise<void> {
  try {
    await target.get(name, options);
  } catch (thrown) {
    if (!isWharfError(thrown) || thrown.code !== 'not-found') throw thrown;
    await target.create({ name, driver: '', driverOptions: {}, labels }, options);
  }
}

/** What lies in a directory goes with it. */
export function topmost(paths: readonly string[]): string[] {
  const all = new Set(paths);
  return paths.filter((path) => {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      if (all.has(path.slice(0, at))) return false;
    }
    return true;
  });
}

async function* count(
  chunks: AsyncIterable<Uint8Array>,
  add: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    add(chunk.byteLength);
    yield chunk;
  }
}
