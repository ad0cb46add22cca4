import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { parseContainerId, type ContainerId } from '@wharf/core';
import type { JournalEntry, Task, TaskPort, TaskSpec, TaskStreams } from '@wharf/engine/ports';
import { loadNative, readBootId, removeCgroup } from '@wharf/linux/native';
import { createShimDriver } from './shim-driver.js';

const workspace = join(import.meta.dirname, '../../../..');
const bun = join(workspace, 'node_modules/@oven/bun-linux-x64/bin/bun');
const addon = join(workspace, 'packages/linux/native/build/wharf-native.node');
const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));

export const canRun =
  process.getuid?.() === 0 && existsSync(bun) && existsSync(addon) && busybox !== undefined;
export const never: AbortSignal = new AbortController().signal;

export function hasRuntime(name: string): string | undefined {
  return ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin']
    .map((directory) => join(directory, name))
    .find((path) => existsSync(path));
}

/** A compiled shim, a busybox root, and a driver for one runtime. */
export interface Testbed extends AsyncDisposable {
  readonly port: TaskPort;
  readonly directory: string;
  /** A new container's specification; `command` is run by sh. */
  spec(command: string | readonly string[], changes?: Partial<TaskSpec>): TaskSpec;
  spawn(spec: TaskSpec): Promise<Task>;
  /** Spawned and created. */
  create(command: string | readonly string[], changes?: Partial<TaskSpec>): Promise<Made>;
}

export interface Made {
  readonly spec: TaskSpec;
  readonly task: Task;
}

export function compileShim(directory: string): string {
  const entry = join(directory, 'entry.ts');
  mkdirSync(join(directory, 'bin'), { recursive: true });
  mkdirSync(join(directory, 'lib'), { recursive: true });
  copyFileSync(addon, join(directory, 'lib/wharf-native.node'));
  const main = join(workspace, 'packages/shim/src/index.ts');
  writeFileSync(
    entry,
    `import { runShim } from ${JSON.stringify(main)};\nrunShim(process.argv.slice(2));\n`,
  );
  const output = join(directory, 'bin/wharf-shim');
  const flags = ['--compile', '--minify', '--bytecode', '--conditions=@wharf/source'];
  const made = spawnSync(bun, ['build', ...flags, entry, '--outfile', output], {
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new TypeError(made.stderr);
  return output;
}

function makeRoot(directory: string): string {
  const root = join(directory, 'image');
  for (const each of ['bin', 'etc', 'tmp', 'proc', 'dev', 'sys', 'root']) {
    mkdirSync(join(root, each), { recursive: true });
  }
  copyFileSync(busybox ?? '', join(root, 'bin/busybox'));
  const applets = spawnSync(busybox ?? '', ['--list'], { encoding: 'utf8' }).stdout.split('\n');
  for (const applet of applets) {
    if (applet !== '' && applet !== 'busybox') symlinkSync('busybox', join(root, 'bin', applet));
  }
  writeFileSync(
    join(root, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000::/srv/web:/bin/sh\n',
  );
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nweb:x:1000:\nstaff:x:50:web\n');
  return root;
}

function process_(args: readonly string[], terminal: boolean): object {
  return {
    terminal,
    user: { uid: 0, gid: 0 },
    args,
    env: ['PATH=/bin'],
    cwd: '/',
    rlimits: [{ type: 'RLIMIT_CORE', soft: 0, hard: 0 }],
    capabilities: {
      bounding: ['CAP_KILL', 'CAP_CHOWN'],
      effective: ['CAP_KILL', 'CAP_CHOWN'],
      permitted: ['CAP_KILL', 'CAP_CHOWN'],
    },
  };
}

function runtimeConfig(spec: {
  args: readonly string[];
  terminal: boolean;
  cgroupPath: string;
  memory: number | undefined;
}): string {
  return JSON.stringify({
    ociVersion: '1.0.2',
    process: process_(spec.args, spec.terminal),
    root: { path: 'rootfs' },
    hostname: 'test',
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
      {
        destination: '/dev/pts',
        type: 'devpts',
        source: 'devpts',
        options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
      },
    ],
    linux: {
      cgroupsPath: spec.cgroupPath,
      resources: spec.memory === undefined ? {} : { memory: { limit: spec.memory } },
      namespaces: ['pid', 'mount', 'ipc', 'uts', 'network'].map((type) => ({ type })),
    },
  });
}

export async function openTestbed(runtimePath: string): Promise<Testbed> {
  await Promise.resolve();
  const directory = mkdtempSync(join(tmpdir(), 'shim-test-'));
  const shimPath = compileShim(directory);
  const root = makeRoot(directory);
  const native = loadNative();
  const group = `/wharf-test-${randomBytes(4).toString('hex')}`;
  const entry = {
    path: runtimePath,
    globalArgs: ['--root', join(directory, 'state')],
    kind: runtimePath.endsWith('crun') ? ('crun' as const) : ('runc' as const),
  };
  const version = existsSync('/sys/fs/cgroup/cgroup.controllers') ? 2 : 1;
  const port = createShimDriver({
    native,
    shimPath,
    runtime: () => entry,
    cgroupVersion: version,
    unmount: version === 1 ? ['/sys/fs/cgroup/unified'] : [],
    bootId: readBootId(),
    reserveDirectory: join(directory, 'run', 'reserve'),
  });
  const spec: Testbed['spec'] = (command, changes = {}) => {
    const id: ContainerId = parseContainerId(randomBytes(32).toString('hex'));
    const bundle = join(directory, 'run', id.slice(0, 16));
    const state = join(directory, 'containers', id);
    for (const each of ['upper', 'work']) mkdirSync(join(state, each), { recursive: true });
    mkdirSync(bundle, { recursive: true, mode: 0o700 });
    const args = typeof command === 'string' ? ['sh', '-c', command] : command;
    const terminal = changes.terminal ?? false;
    const cgroupPath = `${group}/${id}`;
    const memory = (changes as { memory?: number }).memory;
    return {
      id,
      bundle,
      config: runtimeConfig({ args, terminal, cgroupPath, memory }),
      execProcess: JSON.stringify(process_([], false)),
      rootfs: { lower: [root], upper: join(state, 'upper'), work: join(state, 'work') },
      runtime: '',
      terminal,
      openStdin: false,
      stdinOnce: false,
      log: {
        path: join(state, 'log.json'),
        maxSize: 0,
        maxFiles: 1,
        compress: false,
        attributes: {},
      },
      restart: { kind: 'no', maximumRetryCount: 0 },
      restartCount: 0,
      health: {
        args: [],
        intervalNanos: 0n,
        timeoutNanos: 0n,
        startPeriodNanos: 0n,
        startIntervalNanos: 0n,
        retries: 0,
      },
      stopSignal: 'SIGTERM',
      stopTimeoutSeconds: 10,
      user: '',
      groupAdd: [],
      seeds: [],
      prepared: [],
      ensure: [],
      journalPath: join(state, 'journal'),
      cgroupPath,
      ...changes,
    };
  };
  const spawned = new Map<TaskSpec, Task>();
  const spawn = async (made: TaskSpec) => {
    const task = await port.spawn(made.id, made.bundle, { signal: never });
    spawned.set(made, task);
    return task;
  };
  return {
    port,
    directory,
    spec,
    spawn,
    async create(command, changes) {
      const made = spec(command, changes);
      const task = await spawn(made);
      await task.create(made, { signal: never });
      return { spec: made, task };
    },
    async [Symbol.asyncDispose]() {
      for (const [made, task] of spawned) await destroy(port, made, task);
      await port.close();
      removeCgroup({ version, path: group });
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Whatever a failed test has left. */
async function destroy(port: TaskPort, spec: TaskSpec, { shim }: Task): Promise<void> {
  if (port.isAlive(shim)) process.kill(shim.pid, 'SIGKILL');
  const { bundle, cgroupPath } = spec;
  if (existsSync(bundle)) {
    await port.cleanUp(spec.id, { bundle, cgroupPath, runtime: '', signal: never });
  }
}

export async function collect(streams: TaskStreams): Promise<{ stdout: string; stderr: string }> {
  const parts = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  for await (const { stream, data } of streams.output) parts[stream].push(data);
  return {
    stdout: Buffer.concat(parts.stdout).toString(),
    stderr: Buffer.concat(parts.stderr).toString(),
  };
}

/** Watches until an entry matches; all entries seen. */
export async function watchUntil(
  task: Task,
  matches: (entry: JournalEntry) => boolean,
  after = 0n,
): Promise<JournalEntry[]> {
  const seen: JournalEntry[] = [];
  const limit = AbortSignal.timeout(30_000);
  for await (const entry of task.watch(after, { signal: limit })) {
    seen.push(entry);
    if (matches(entry)) return seen;
  }
  throw new TypeError(
    `never seen; only ${JSON.stringify(seen, (_k, v: unknown) => (typeof v === 'bigint' ? String(v) : v))}`,
  );
}

export function readLog(
  spec: TaskSpec,
): { log: string; stream: string; time: string; b64?: string }[] {
  const text = existsSync(spec.log.path) ? readFileSync(spec.log.path, 'utf8') : '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { log: string; stream: string; time: string });
}

export function cgroupsOf(spec: TaskSpec): string[] {
  const root = '/sys/fs/cgroup';
  const hierarchies = readdirSync(root).map((name) => join(root, name, spec.cgroupPath));
  return [join(root, spec.cgroupPath), ...hierarchies].filter((path) => existsSync(path));
}
