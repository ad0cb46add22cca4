import { lstat, opendir } from 'node:fs/promises';
import type { CallOptions } from '@wharf/core';

/** Bytes that the files below a directory take on the disk, links not followed. What goes meanwhile is not counted. */
export async function directorySize(path: string, { signal }: CallOptions): Promise<number> {
  let bytes = 0;
  const waiting = [Buffer.from(path)];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    signal.throwIfAborted();
    const directory = await opendir(at, { encoding: 'buffer' as BufferEncoding }).catch(
      () => undefined,
    );
    if (directory === undefined) continue;
    for await (const entry of directory) {
      const name = entry.name as unknown as Buffer;
      const child = Buffer.concat([at, Buffer.from('/'), name]);
      if (entry.isDirectory()) waiting.push(child);
      else bytes += ((await lstat(child).catch(() => undefined))?.blocks ?? 0) * 512;
    }
  }
  return bytes;
}
