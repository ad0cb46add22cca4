import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CreateTaskRequest, MadePath, RuntimeCommand } from '@wharf/api/shim';
import { InvalidArgumentError } from '@wharf/core';
import { ensurePath } from '@wharf/linux/native';
import type { Host } from '../host.js';
import { Journal } from '../journal/journal.js';
import { JsonFileLog, noLog, type LogSink } from '../log/writer.js';
import { isInside } from '../rootfs/seed.js';
import { lookUpUser } from '../rootfs/accounts.js';
import { enterMountNamespace, mountRoot, shieldUnified, unmountRoot } from '../rootfs/mount.js';
import {
  parseConfig,
  withUser,
  type ProcessConfig,
  type RuntimeConfig,
} from '../runtime/config.js';
import { keepingIn, openMemory } from '../runtime/in-memory.js';
import { Task } from './task.js';

const nothing = Buffer.alloc(0);

/** Of ensured paths that wait for no prepared mount. */
export interface CreatedTask {
  readonly task: Task;
  readonly made: readonly MadePath[];
}

/** Mounts and prepares the root, writes the bundle, opens journal and log. Nothing stays mounted when it fails. */
export function createTask(host: Host, request: CreateTaskRequest): CreatedTask {
  const { rootfs } = request;
  if (rootfs === undefined || request.runtime === undefined) {
    throw new InvalidArgumentError('a task needs a root filesystem and a runtime');
  }
  const config = parseConfig<RuntimeConfig>(request.config, 'the runtime configuration');
  host.bundle = request.bundle;
  host.configs = request.bundle;
  enterMountNamespace(host.native, host.unmount);
  shieldUnified(host.native);
  const runtime = request.configurationsInMemory
    ? inMemory(host, request.runtime)
    : request.runtime;
  mountRoot(host.native, rootfs, request.unsynced);
  try {
    // What is made now is not the image's.
    const seeds = request.seeds.filter((seed) => isInside(host, rootfs.target, seed.path));
    const made = request.ensure.flatMap((wanted, ensure) =>
      wanted.like === '' ? make(host, rootfs.target, { ...wanted, ensure }) : [],
    );
    const user = lookUpUser(host.native, rootfs.target, {
      user: request.user,
      groupAdd: request.groupAdd,
    });
    const process: ProcessConfig = {
      ...withUser(config.process ?? {}, user),
      ...consoleOf(request),
    };
    writeConfig(host.configs, { ...config, process });
    const task = new Task({
      host,
      // They are long, may have secrets, and have served their purpose.
      spec: { ...request, seeds, config: nothing, execProcess: nothing, prepared: [] },
      runtime,
      place: { version: request.cgroupVersion === 2 ? 2 : 1, path: request.cgroupPath },
      journal: new Journal(request.journalPath, host.clock, { synced: !request.unsynced }),
      log: openLog(host, request),
      user,
      command: process.args?.[0] ?? '',
      execProcess: execProcess(request, config.process ?? {}),
    });
    return { task, made };
  } catch (error) {
    unmountRoot(host.native, rootfs.target);
    throw error;
  }
}

/** Of a build's step, whose environment may have secrets, nothing is written to a disk. */
function inMemory(host: Host, runtime: RuntimeCommand): RuntimeCommand {
  host.configs = openMemory(host.native, host.bundle);
  process.chdir(host.configs);
  return keepingIn(runtime, join(host.configs, 'state'));
}

interface Wanted {
  readonly path: string;
  readonly directory: boolean;
  /** Its place in the request. */
  readonly ensure: number;
}

/** Mount points of prepared mounts, each of the kind of what will be bound there. */
export function makePlaces(
  host: Host,
  { ensure, rootfs }: CreateTaskRequest,
  directories: ReadonlyMap<string, boolean>,
): readonly MadePath[] {
  return ensure.flatMap(({ path, like }, at) => {
    const directory = directories.get(like);
    if (like === '' || directory === undefined) return [];
    return make(host, rootfs?.target ?? '', { path, directory, ensure: at });
  });
}

function make({ native }: Host, root: string, { ensure, ...wanted }: Wanted): readonly MadePath[] {
  return ensurePath(native, root, wanted).map((path) => ({ path, ensure }));
}

function consoleOf(request: CreateTaskRequest): ProcessConfig {
  const { terminal, size } = request;
  if (!terminal || size === undefined) return { terminal };
  return { terminal, consoleSize: { height: size.rows, width: size.columns } };
}

function openLog(host: Host, request: CreateTaskRequest): LogSink {
  const { log } = request;
  return log === undefined || log.path === '' ? noLog() : new JsonFileLog(host, log);
}

/** What exec processes start from: what was given for them, else the container's own process. */
function execProcess(request: CreateTaskRequest, process: ProcessConfig): ProcessConfig {
  if (request.execProcess.length === 0) return process;
  const given = parseConfig<ProcessConfig>(request.execProcess, 'the exec process');
  return {
    ...given,
    env: given.env ?? process.env ?? [],
    cwd: given.cwd ?? process.cwd ?? '/',
  };
}

function writeConfig(directory: string, config: RuntimeConfig): void {
  const path = join(directory, 'config.json');
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  chmodSync(path, 0o600);
}
