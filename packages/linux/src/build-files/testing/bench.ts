import { encodeTreeDirectory } from '@wharf/core';
import type { CallOptions, TreeEntry } from '@wharf/core';
import type { CopyRequest, CopySource, FileSource, LayerPlace } from '@wharf/engine/ports';
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Native } from '../../../native/types.js';
import { createBuildFiles } from '../build-files.js';

const nativePath = resolve(import.meta.dirname, '../../../native/build/wharf-native.node');
const call: CallOptions = { signal: new AbortController().signal };

/** Whether this process may mount: root, with the addon built. */
export const canMount = process.getuid?.() === 0 && existsSync(nativePath);

/** Names with contents: text is a file 0644, an object a directory, `-> x` a link; `[mode, content]` with a mode. */
export interface Files {
  readonly [name: string]: string | Buffer | Files | readonly [number, string | Buffer | Files];
}

export type BuildFilesBench = ReturnType<typeof openBench>;

export function openBench() {
  const dir = mkdtempSync(join(tmpdir(), 'wharf-build-files-'));
  const worker = join(dir, 'build-files-worker.mjs');
  bundleWorker('../worker.ts', worker);
  const packing = join(dir, 'unpack-worker.mjs');
  bundleWorker('../../unpack/worker.ts', packing);
  const treesRoot = join(dir, 'trees');
  mkdirSync(treesRoot);
  const native = createRequire(import.meta.url)(nativePath) as Native;
  const options = { native, nativePath, workerUrl: pathToFileURL(worker), treesRoot };
  const files = createBuildFiles(options);
  let count = 0;
  const folder = (): string => {
    const path = join(dir, `d${count++}`);
    mkdirSync(path);
    return path;
  };
  const place = (...lower: string[]): LayerPlace => ({ lower, upper: folder(), work: folder() });
  const treeItem = (content: Files, path = '/', more: Partial<CopySource> = {}): CopySource => ({
    ...{ source: { kind: 'tree', digest: writeTree(treesRoot, content) }, path },
    ...{ wildcards: /[*?[]/.test(path), unpack: false, ...more },
  });
  return {
    dir,
    native,
    files,
    /** What a packer needs. */
    packing: { native: nativePath, workerUrl: pathToFileURL(packing) },
    treesRoot,
    ...call,
    folder,
    place,
    treeItem,
    tree: (content: Files): FileSource => ({
      kind: 'tree',
      digest: writeTree(treesRoot, content),
    }),
    stackItem: (
      lower: readonly string[],
      path = '/',
      more: Partial<CopySource> = {},
    ): CopySource => ({
      ...{ source: { kind: 'stack', lower }, path, wildcards: /[*?[]/.test(path), unpack: false },
      ...more,
    }),
    /** Copies and tells the new layer. */
    async copy(
      items: readonly CopySource[],
      destination: string,
      more: Partial<CopyRequest> = {},
    ): Promise<string> {
      const request = { place: place(), items, destination, owner: '', exclude: [], ...more };
      await files.copy(request, call);
      return request.place.upper;
    },
    [Symbol.dispose]: () => {
      void files.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function writeTree(root: string, files: Files): string {
  const entries = Object.entries(files).map(([name, given]): TreeEntry => {
    const [mode, content] = Array.isArray(given)
      ? (given as readonly [number, string | Buffer | Files])
      : [undefined, given as string | Buffer | Files];
    if (typeof content === 'string' && content.startsWith('-> '))
      return { kind: 'link', name, target: content.slice(3) };
    if (typeof content === 'string' || Buffer.isBuffer(content)) {
      const bytes = Buffer.from(content);
      const digest = writePiece(root, bytes);
      return { kind: 'file', name, mode: mode ?? 0o644, digest, size: bytes.length };
    }
    return { kind: 'directory', name, mode: mode ?? 0o755, digest: writeTree(root, content) };
  });
  const sorted = entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return writePiece(root, Buffer.from(encodeTreeDirectory({ entries: sorted }), 'latin1'));
}

function writePiece(root: string, bytes: Buffer): string {
  const hex = hash('sha256', bytes);
  const path = join(root, hex.slice(0, 2), hex.slice(2));
  if (existsSync(path)) return `sha256:${hex}`;
  mkdirSync(join(root, hex.slice(0, 2)), { recursive: true });
  writeFileSync(path, bytes, { mode: 0o600 });
  return `sha256:${hex}`;
}

function bundleWorker(source: string, file: string): void {
  const bun = createRequire(import.meta.url).resolve('@oven/bun-linux-x64/bin/bun');
  const entry = resolve(import.meta.dirname, source);
  const flags = ['--target=node', '--conditions=@wharf/source', `--outfile=${file}`];
  execFileSync(bun, ['build', entry, ...flags], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Every entry below a directory: `MODE UID:GID CONTENT`, a directory as `/`, a link as `-> x`. */
export function list(dir: string): Record<string, string> {
  const format = '%P\\0%y\\0%m\\0%U:%G\\0%l\\0%T@\\0';
  const fields = execFileSync('find', [dir, '-mindepth', '1', '-printf', format])
    .toString()
    .split('\0');
  const found: [string, string][] = [];
  for (let at = 0; at + 5 < fields.length; at += 6) {
    const [path = '', kind, mode, owner, target] = fields.slice(at);
    const content =
      kind === 'f'
        ? execFileSync('head', ['-c', '60', join(dir, path)]).toString()
        : kind === 'd'
          ? '/'
          : kind === 'l'
            ? `-> ${target}`
            : `(${kind})`;
    found.push([path, kind === 'l' && owner === '0:0' ? content : `${mode} ${owner} ${content}`]);
  }
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}
