import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { hash } from 'node:crypto';
import type { CallOptions, Closable, TreeChunk } from '@wharf/core';
import { decodeTreeDirectory } from '@wharf/core';
import type { TreePort } from '@wharf/engine/ports';
import type { Native } from '../../../native/types.js';
import { createTreeStore } from '../tree-store.js';
import type { TreeStoreOptions } from '../tree-store.js';

const nativePath = resolve(import.meta.dirname, '../../../native/build/wharf-native.node');

export const hasAddon = existsSync(nativePath);
const { signal } = new AbortController();
export const call: CallOptions = { signal };

/** A throwaway place for stores whose worker is bundled from the sources. */
export interface Bench {
  readonly dir: string;
  readonly native: Native;
  /** A store on a new directory, or on a given one. */
  store(options?: Partial<TreeStoreOptions>): TreePort & Closable & { readonly root: string };
  /** A new empty directory. */
  directory(): string;
  close(): Promise<void>;
}

export function openBench(): Bench {
  const dir = mkdtempSync(join(tmpdir(), 'wharf-trees-'));
  const worker = join(dir, 'trees-worker.mjs');
  bundleWorker(worker);
  const native = createRequire(import.meta.url)(nativePath) as Native;
  const open: Closable[] = [];
  let count = 0;
  return {
    dir,
    native,
    store(options = {}) {
      const root = options.root ?? join(dir, `store-${count++}`);
      const workerUrl = pathToFileURL(worker);
      const synced = { syncfs: () => Promise.resolve() };
      const store = createTreeStore({
        native: synced,
        nativePath,
        workerUrl,
        bootId: 'boot-1',
        ...options,
        root,
      });
      open.push(store);
      return { ...store, root };
    },
    directory: () => {
      const path = join(dir, `directory-${count++}`);
      mkdirSync(path);
      return path;
    },
    async close() {
      for (const store of open) await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function bundleWorker(file: string): void {
  const bun = createRequire(import.meta.url).resolve('@oven/bun-linux-x64/bin/bun');
  const entry = resolve(import.meta.dirname, '../worker.ts');
  const flags = ['--target=node', '--conditions=@wharf/source', `--outfile=${file}`];
  execFileSync(bun, ['build', entry, ...flags], { stdio: ['ignore', 'ignore', 'inherit'] });
}

export const digestOf = (bytes: string | Uint8Array): string =>
  `sha256:${hash('sha256', bytes, 'hex')}`;

/** Whole pieces, named by what they are. */
export async function* chunksOf(pieces: Iterable<string | Uint8Array>): AsyncGenerator<TreeChunk> {
  for (const piece of pieces) {
    yield { digest: digestOf(Buffer.from(piece)), data: Buffer.from(piece), last: true };
  }
}

/** All that a tree has, as `path=content`, `path/` and `path->target`, in the order of its documents. */
export async function listTree(store: TreePort, digest: string, prefix = ''): Promise<string[]> {
  const document = Buffer.from(await store.read(digest, call)).toString('latin1');
  const lines: string[] = [];
  for (const entry of decodeTreeDirectory(document).entries) {
    const path = `${prefix}${entry.name}`;
    if (entry.kind === 'link') lines.push(`${path}->${entry.target}`);
    else if (entry.kind === 'directory') {
      lines.push(`${path}/`, ...(await listTree(store, entry.digest, `${path}/`)));
    } else {
      const content = Buffer.from(await store.read(entry.digest, call));
      lines.push(`${path}=${content.length > 200 ? content.length : content.toString('latin1')}`);
    }
  }
  return lines;
}
