import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { decodeTreeDirectory } from '@wharf/core';
import type { TreeSource } from '@wharf/core';
import { openBuildContext } from './open-context.js';
import type { BuildContext, BuildContextOptions } from './open-context.js';

export function fill(
  directory: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  return directory;
}

export function opened(
  directory: string,
  cache: string,
  options: Partial<BuildContextOptions> = {},
): Promise<BuildContext> {
  const { signal } = new AbortController();
  const env = { ...process.env, XDG_CACHE_HOME: cache };
  return openBuildContext({ directory, signal, env, ...options });
}

export async function readPiece(source: TreeSource, digest: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const { data } of source.read([digest])) parts.push(Buffer.from(data));
  return Buffer.concat(parts);
}

/** All that a tree has, as `path=content`, `path/` and `path->target`. */
export async function listed({
  digest,
  source,
}: Pick<BuildContext, 'digest' | 'source'>): Promise<string[]> {
  const lines: string[] = [];
  const visit = async (at: string, prefix: string): Promise<void> => {
    const document = (await readPiece(source, at)).toString('latin1');
    for (const entry of decodeTreeDirectory(document).entries) {
      const path = `${prefix}${entry.name}`;
      if (entry.kind === 'link') lines.push(`${path}->${entry.target}`);
      else if (entry.kind === 'directory') {
        lines.push(`${path}/`);
        await visit(entry.digest, `${path}/`);
      } else lines.push(`${path}=${(await readPiece(source, entry.digest)).toString('latin1')}`);
    }
  };
  await visit(digest, '');
  return lines;
}
