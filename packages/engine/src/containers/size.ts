import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallOptions, Container } from '@wharf/core';
import type { ContainerContext } from './dependencies.js';

/** Bytes of the writable layer, and of it and the image together. */
export async function containerSizes(
  context: ContainerContext,
  container: Pick<Container, 'id' | 'resolved'>,
  { signal }: CallOptions,
): Promise<{ readonly sizeRw: number; readonly sizeRootFs: number }> {
  const sizeRw = await treeSize(context.paths(container.id).upper, signal);
  const image = await context.images.resolve(container.resolved.imageId);
  return { sizeRw, sizeRootFs: sizeRw + (image?.image.size ?? 0) };
}

/** Bytes of the regular files below; links are not followed, files with several names count once. */
export async function treeSize(path: string, signal: AbortSignal): Promise<number> {
  let sum = 0;
  const seen = new Set<number>();
  const pending = [path];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    signal.throwIfAborted();
    const directory = await opendir(next).catch(() => undefined);
    if (directory === undefined) continue;
    for await (const entry of directory) {
      const child = join(next, entry.name);
      if (entry.isDirectory()) pending.push(child);
      else if (entry.isFile()) {
        const info = await lstat(child).catch(() => undefined);
        if (info === undefined || seen.has(info.ino)) continue;
        if (info.nlink > 1) seen.add(info.ino);
        sum += info.size;
      }
    }
  }
  return sum;
}
