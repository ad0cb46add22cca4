import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Native } from '../../../native/types.js';
import type { WorkerSetup } from '../run-worker.js';
import type { Unpacker, UnpackerOptions } from '../unpacker.js';
import { createUnpacker } from '../unpacker.js';

const nativePath = resolve(import.meta.dirname, '../../../native/build/wharf-native.node');

/** Whether this process may jail threads: root, with the addon built. */
export const canJail = process.getuid?.() === 0 && existsSync(nativePath);

/** A throwaway place with an unpacker whose worker is bundled from the sources. */
export interface Bench {
  readonly dir: string;
  readonly native: Native;
  readonly unpacker: Unpacker;
  /** What other users of the same worker need. */
  readonly setup: WorkerSetup;
  /** A new empty directory. */
  target(): string;
  /** A new file of these bytes. */
  blob(bytes: Uint8Array): string;
  [Symbol.dispose](): void;
}

export function openBench(options: Partial<UnpackerOptions> = {}): Bench {
  const dir = mkdtempSync(join(tmpdir(), 'wharf-unpack-'));
  const worker = join(dir, 'unpack-worker.mjs');
  bundleWorker(worker);
  const setup = { native: nativePath, workerUrl: pathToFileURL(worker) };
  let count = 0;
  return {
    dir,
    native: createRequire(import.meta.url)(nativePath) as Native,
    unpacker: createUnpacker({ ...setup, ...options }),
    setup,
    target: () => {
      const path = join(dir, `target-${count++}`);
      mkdirSync(path);
      return path;
    },
    blob: (bytes) => {
      const path = join(dir, `blob-${count++}`);
      writeFileSync(path, bytes);
      return path;
    },
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}

function bundleWorker(file: string): void {
  const bun = createRequire(import.meta.url).resolve('@oven/bun-linux-x64/bin/bun');
  const entry = resolve(import.meta.dirname, '../worker.ts');
  const flags = ['--target=node', '--conditions=@wharf/source', `--outfile=${file}`];
  execFileSync(bun, ['build', entry, ...flags], { stdio: ['ignore', 'ignore', 'inherit'] });
}
