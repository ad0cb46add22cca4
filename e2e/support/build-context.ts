import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { tempDir } from '@wharf/testing';

/** Files by their paths in a context; `Dockerfile` is one of them. */
export type ContextFiles = Readonly<Record<string, string | Uint8Array>>;

/** A directory with these files, which goes with the test. Gives its path. */
export async function contextOf(files: ContextFiles): Promise<string> {
  const folder = await tempDir('wharf-context-');
  onTestFinished(folder.remove);
  await writeContext(folder.path, files);
  return folder.path;
}

export async function writeContext(folder: string, files: ContextFiles): Promise<void> {
  for (const [name, body] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, body);
  }
}

/** A Dockerfile of these lines. */
export const lines = (...text: readonly string[]): string => `${text.join('\n')}\n`;

/** What the steps of a build have written, of what `--progress plain` tells. */
export function buildOutput(told: string): string {
  return [...told.matchAll(/^#\d+ \d+\.\d{3} (.*\n)/gm)].map(([, line]) => line).join('');
}
