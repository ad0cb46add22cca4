import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  defaultContainerSpec,
  parseContainerId,
  type ContainerSpec,
  type ResolvedConfig,
} from '@wharf/core';
import { buildTaskConfig, type TaskConfig, type TaskConfigInput } from '@wharf/engine';
import { killCgroup, loadNative, removeCgroup } from '@wharf/linux/native';
import { createHost, readHostFacts } from '../../host/index.js';
import { findRuntimes } from '../../runtimes/index.js';
import { createSeccomp } from '../../seccomp/index.js';

const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => fs.existsSync(path)) ?? '';
export const canRun = process.getuid?.() === 0 && busybox !== '';
export const signal = AbortSignal.timeout(300_000);
const timeoutMs = 20_000;

export interface Ran {
  readonly code: number | undefined;
  readonly out: string;
  readonly error: string;
}

/** Containers on a busybox root in a plain directory, run by the real runtimes as a shim runs them. */
export interface Bed extends AsyncDisposable {
  readonly directory: string;
  readonly config: (spec: Partial<ContainerSpec>, more?: Change) => Promise<TaskConfig>;
  /** Runs `script` with the busybox shell in a container of this runtime. */
  run(runtime: string, script: string, spec?: Partial<ContainerSpec>, more?: Change): Promise<Ran>;
}

export interface Change {
  readonly resolved?: Partial<ResolvedConfig>;
  readonly joined?: TaskConfigInput['joined'];
  readonly uid?: number;
  readonly defaults?: Partial<TaskConfigInput['defaults']>;
}

export async function openBed(): Promise<Bed> {
  const directory = fs.mkdtempSync(join(tmpdir(), 'wharf-posture-'));
  const rootfs = makeRoot(join(directory, 'rootfs'));
  const etc = join(directory, 'etc');
  fs.mkdirSync(etc);
  for (const name of ['hosts', 'hostname', 'resolv.conf'])
    fs.writeFileSync(join(etc, name), `${name}\n`);
  const native = loadNative();
  const facts = await readHostFacts();
  const deps = {
    host: createHost(facts, native),
    runtimes: await findRuntimes({
      facts,
      stateRoot: join(directory, 'state'),
      configured: {},
      defaultName: '',
      signal,
    }),
    seccomp: createSeccomp({
      native,
      cacheDirectory: join(directory, 'seccomp'),
      kernelVersion: facts.kernelVersion,
    }),
  };
  const group = `/wharf-posture-${randomBytes(4).toString('hex')}`;
  const version = facts.cgroupVersion;

  const build = (runtime: string, spec: Partial<ContainerSpec>, more: Change) => {
    const id = parseContainerId(randomBytes(32).toString('hex'));
    const cgroupPath = `${group}/${id}`;
    const input: TaskConfigInput = {
      id,
      spec: { ...defaultContainerSpec('test'), ...spec },
      resolved: resolvedFor(id, runtime, spec, more),
      rootfs,
      etc,
      cgroupPath,
      joined: more.joined ?? {},
      defaults: {
        initPath: '',
        init: false,
        noNewPrivileges: false,
        pidsLimit: 2048n,
        ...more.defaults,
      },
    };
    return buildTaskConfig(deps, input, { signal }).then((task) => ({ id, cgroupPath, task }));
  };

  const run: Bed['run'] = async (runtime, script, spec = {}, more = {}) => {
    const withCommand = {
      ...more,
      resolved: { command: ['sh', '-c', `${script}\ntrue`], ...more.resolved },
    };
    const { id, cgroupPath, task } = await build(runtime, spec, withCommand);
    const bundle = join(directory, id.slice(0, 12));
    fs.mkdirSync(bundle);
    fs.writeFileSync(join(bundle, 'config.json'), asUser(task.config, more.uid ?? 0));
    for (const { path, directory: isDirectory } of task.ensure) {
      if (isDirectory) fs.mkdirSync(rootfs + path, { recursive: true });
      else {
        fs.mkdirSync(dirname(rootfs + path), { recursive: true });
        fs.writeFileSync(rootfs + path, '', { flag: 'a' });
      }
    }
    const { path, globalArgs } = deps.runtimes.entry(runtime);
    const files = [join(bundle, 'out'), join(bundle, 'err')].map((file) => fs.openSync(file, 'w'));
    const pid = native.spawnDetached({
      file: path,
      argv: [path, ...globalArgs, 'run', '--bundle', bundle, id],
      env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
      cwd: bundle,
      stdio: [undefined, files[0], files[1]],
      newMountNamespace: true,
      unmount: deps.runtimes.unmount,
      oomScoreAdj: 0,
    });
    for (const fd of files) fs.closeSync(fd);
    try {
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        const status = native.waitpid(pid);
        if (status !== null) {
          const read = (name: string): string => fs.readFileSync(join(bundle, name), 'utf8');
          return { code: status.code, out: read('out'), error: read('err') };
        }
        if (performance.now() > deadline) process.kill(pid, 'SIGKILL');
        await sleep(5);
      }
    } finally {
      await killCgroup({ version, path: cgroupPath });
      removeCgroup({ version, path: cgroupPath });
      fs.rmSync(join(rootfs, 'tmp'), { recursive: true });
      fs.mkdirSync(join(rootfs, 'tmp'));
    }
  };

  return {
    directory,
    run,
    config: async (spec, more = {}) => (await build('', spec, more)).task,
    async [Symbol.asyncDispose]() {
      await Promise.resolve();
      removeCgroup({ version, path: group });
      fs.rmSync(directory, { recursive: true, force: true });
    },
  };
}

function resolvedFor(
  id: string,
  runtime: string,
  spec: Partial<ContainerSpec>,
  more: Change,
): ResolvedConfig {
  return {
    imageId: '',
    imageManifest: '',
    platform: 'linux/amd64',
    entrypoint: [],
    command: ['true'],
    env: [],
    workdir: '/',
    user: '',
    hostname: spec.hostname ?? id.slice(0, 12),
    stopSignal: 'SIGTERM',
    labels: {},
    runtime,
    logPath: '',
    upperDir: '',
    mounts: [],
    networkMode:
      spec.namespaces?.network === undefined || spec.namespaces.network === ''
        ? 'none'
        : spec.namespaces.network,
    ...more.resolved,
  };
}

/** What the shim does with a configuration before it runs it, for users by number. Digits are kept. */
function asUser(config: string, uid: number): string {
  return config.replace('"user":{"uid":0,"gid":0}', `"user":{"uid":${uid},"gid":${uid}}`);
}

function makeRoot(root: string): string {
  for (const each of ['bin', 'etc', 'tmp', 'proc', 'dev', 'sys', 'root']) {
    fs.mkdirSync(join(root, each), { recursive: true });
  }
  fs.copyFileSync(busybox, join(root, 'bin/busybox'));
  const applets = spawnSync(busybox, ['--list'], { encoding: 'utf8' }).stdout.split('\n');
  for (const applet of applets) {
    if (applet !== '' && applet !== 'busybox') fs.symlinkSync('busybox', join(root, 'bin', applet));
  }
  return root;
}
