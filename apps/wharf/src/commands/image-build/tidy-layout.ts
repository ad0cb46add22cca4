import { lstat, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { buildCacheType, type CallOptions } from '@wharf/core';

/** A blob that no index refers to may be of an export that runs elsewhere; one that is older than this is not. */
const graceMs = 60 * 60 * 1000;
const maxDocumentBytes = 4 * 1024 * 1024;

/** What the index of an OCI layout leads to: the blobs by their hexadecimal digests. */
export type LayoutBlobs = ReadonlySet<string>;

/** Of a directory that has a cache of ours and nothing else; undefined for any other, in which nothing is ours to remove. */
export async function blobsOfCache(
  directory: string,
  options: CallOptions,
): Promise<LayoutBlobs | undefined> {
  const index = await readDocument(join(directory, 'index.json')).catch(() => undefined);
  const entries = (index as { readonly manifests?: unknown } | undefined)?.manifests;
  if (!Array.isArray(entries) || entries.length === 0 || !entries.every(isCache)) return undefined;
  return await blobsOfLayout(directory, options);
}

function isCache(entry: { readonly artifactType?: unknown } | null): boolean {
  return entry?.artifactType === buildCacheType;
}

/** Undefined when there is no index, or something that it refers to cannot be read: nothing may be said then. */
async function blobsOfLayout(
  directory: string,
  { signal }: CallOptions,
): Promise<LayoutBlobs | undefined> {
  const found = new Set<string>();
  const pending = [join(directory, 'index.json')];
  try {
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      signal.throwIfAborted();
      for (const { digest, mediaType } of descriptorsIn(await readDocument(path))) {
        const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
        if (hex === undefined) return undefined;
        if (!found.has(hex) && /\b(?:manifest|index|list)\b/.test(mediaType))
          pending.push(join(directory, 'blobs/sha256', hex));
        found.add(hex);
      }
    }
    return found;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/**
 * Removes blobs that the index of a layout does not refer to any more: what it referred to before, unless another export has written
 * it since, and what nobody has written for an hour. Nothing but files below blobs/sha256 that are called by a digest is touched.
 * @param before what it referred to; nothing is removed where that was no cache of ours
 */
export async function tidyLayout(
  directory: string,
  before: LayoutBlobs | undefined,
  options: CallOptions & { readonly startedAt: number },
): Promise<void> {
  if (before === undefined) return;
  const kept = await blobsOfLayout(directory, options);
  if (kept === undefined) return;
  const folder = join(directory, 'blobs/sha256');
  if (!(await lstat(folder).catch(() => undefined))?.isDirectory()) return;
  for (const name of await readdir(folder)) {
    options.signal.throwIfAborted();
    if (kept.has(name) || !/^[0-9a-f]{64}$/.test(name)) continue;
    const path = join(folder, name);
    const facts = await lstat(path).catch(() => undefined);
    if (facts?.isFile() !== true) continue;
    const limit = before.has(name) ? options.startedAt : options.startedAt - graceMs;
    if (facts.ctimeMs < limit) await unlink(path).catch(() => undefined);
  }
}

interface Descriptor {
  readonly digest: string;
  readonly mediaType: string;
}

async function readDocument(path: string): Promise<unknown> {
  const { size } = await lstat(path);
  if (size > maxDocumentBytes) return undefined;
  return JSON.parse(await readFile(path, 'utf8'));
}

/** Of an index or a manifest, whatever they are there for. @throws TypeError for what is neither */
function descriptorsIn(document: unknown): readonly Descriptor[] {
  const { manifests, layers, blobs, config, subject } = document as Record<string, unknown>;
  if (manifests === undefined && layers === undefined && blobs === undefined)
    throw new TypeError('neither an index nor a manifest');
  const all = [manifests ?? [], layers ?? [], blobs ?? [], config ?? [], subject ?? []].flat();
  return all.map((each) => {
    const { digest, mediaType } = each as Record<string, unknown>;
    return { digest: String(digest), mediaType: String(mediaType) };
  });
}
