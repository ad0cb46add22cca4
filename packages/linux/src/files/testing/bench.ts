import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FilePort, RootView, ViewMount } from '@wharf/engine/ports';
import { identifyProcess, readBootId } from '../../../native/identity.js';
import type { Native } from '../../../native/types.js';
import { collect } from '../../tar/testing/collect.js';
import { gather } from '../../tar/testing/gather.js';
import { createContainerFiles } from '../files.js';

const nativePath = resolve(import.meta.dirname, '../../../native/build/wharf-native.node');

/** Whether this process may mount: root, with the addon built. */
export const canMount = process.getuid?.() === 0 && existsSync(nativePath);

/** A container of two layers, stopped, and one that runs when asked for. */
export interface Bench {
  readonly dir: string;
  readonly native: Native;
  readonly files: FilePort;
  /** A fresh container; its image has what `fill` puts into the given directory. */
  container(fill?: (lower: string) => void): Container;
  [Symbol.dispose](): void;
}

export interface Container {
  readonly dir: string;
  readonly lower: string;
  readonly upper: string;
  readonly stopped: RootView;
  /** Mounts it in a process with a mount namespace of its own, which runs `script` there; it ends with the bench. */
  run(script?: string): Promise<{ readonly view: RootView; readonly end: () => Promise<void> }>;
}

export const mountOf = (
  mount: Partial<ViewMount> & Pick<ViewMount, 'source' | 'target'>,
): ViewMount => ({
  readOnly: false,
  recursive: true,
  optional: false,
  seeded: false,
  ...mount,
});

export function openBench(): Bench {
  const dir = mkdtempSync(join(tmpdir(), 'wharf-files-'));
  const worker = join(dir, 'files-worker.mjs');
  bundleWorker(worker);
  const running: (() => Promise<void>)[] = [];
  let count = 0;
  const native = createRequire(import.meta.url)(nativePath) as Native;
  return {
    dir,
    native,
    files: createContainerFiles({ native, nativePath, workerUrl: pathToFileURL(worker) }),
    container(fill) {
      const made = makeContainer(join(dir, `c${count++}`), running);
      fill?.(made.lower);
      return made;
    },
    [Symbol.dispose]: () => {
      for (const end of running) void end();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function makeContainer(dir: string, running: (() => Promise<void>)[]): Container {
  const [lower, upper, work, rootfs] = ['lower', 'upper', 'work', 'rootfs'].map((name) =>
    join(dir, name),
  ) as [string, string, string, string];
  for (const path of [lower, upper, work, rootfs]) mkdirSync(path, { recursive: true });
  mkdirSync(join(lower, 'etc'));
  writeFileSync(join(lower, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\n');
  const stopped: RootView = {
    root: { kind: 'stack', stack: { lower: [lower], upper, work } },
    readOnly: false,
    mounts: [],
  };
  return {
    dir,
    lower,
    upper,
    stopped,
    async run(script = '') {
      const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
      const lines = [`mount -t overlay overlay -o ${options} ${rootfs}`, `cd ${rootfs}`, 'echo up'];
      const text = `set -e; ${lines.join('; ')}; ${script}\nexec sleep 1000`;
      const child = spawn('unshare', ['--mount', '--propagation', 'slave', 'bash', '-c', text], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await new Promise((done) => child.stdout.once('data', done));
      const end = () => ended(child);
      running.push(end);
      const shim = identifyProcess(child.pid ?? 0, readBootId());
      if (shim === undefined) throw new TypeError('the process is gone');
      return { view: { ...stopped, root: { kind: 'task', shim, path: rootfs } }, end };
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await gone;
}

function bundleWorker(file: string): void {
  const bun = createRequire(import.meta.url).resolve('@oven/bun-linux-x64/bin/bun');
  const entry = resolve(import.meta.dirname, '../worker.ts');
  const flags = ['--target=node', '--conditions=@wharf/source', `--outfile=${file}`];
  execFileSync(bun, ['build', entry, ...flags], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** The names in an archive, with contents of files behind `=`. */
export async function listArchive(archive: AsyncIterable<Uint8Array>): Promise<string[]> {
  return collect(await gather(archive)).map(({ entry, body }) => {
    const name = entry.path.toString('latin1');
    if (entry.type === 'file') return `${name}=${body.toString('latin1')}`;
    return entry.type === 'symlink' ? `${name}->${entry.link.toString('latin1')}` : name;
  });
}
