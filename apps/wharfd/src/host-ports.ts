import { readFileSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { cpus, hostname, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, type RuntimeInfo } from '@wharf/core';
import type { HostPort, RuntimePort, SeccompPort, TaskPort } from '@wharf/engine';
import { allCapabilities } from '@wharf/oci';
import { createShimDriver } from '@wharf/linux';
import { createSeccomp } from '../../../packages/linux/src/seccomp/index.js';
import type { Native } from '@wharf/linux/native';
import type { Config } from './config/schema.js';
import type { DaemonLogger } from './logger.js';

export interface HostPorts {
  readonly tasks: TaskPort;
  readonly host: HostPort;
  readonly runtimes: RuntimePort;
  readonly seccomp: SeccompPort;
  readonly initPath: string;
}

/** PROVISIONAL until linux/host and linux/runtimes land. */
export async function hostPorts(config: Config, native: Native, lib: string, _logger: DaemonLogger, _signal: AbortSignal): Promise<HostPorts> {
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const list: RuntimeInfo[] = [
    { name: 'crun', path: '/usr/bin/crun', version: '1.8.1', isDefault: true, problem: '' },
    { name: 'runc', path: '/usr/sbin/runc', version: '1.1.5', isDefault: false, problem: '' },
  ];
  const runtimes: RuntimePort = {
    runtimes: list,
    resolve(name) {
      const found = list.find((r) => r.name === (name === '' ? 'crun' : name));
      if (found === undefined) throw new InvalidArgumentError(`unknown or invalid runtime name: ${name}`);
      return found;
    },
    takesCompiledSeccomp: (name) => name === 'crun',
    supports: () => false,
  };
  await mkdir(join(config['exec-root'], 'runtimes'), { recursive: true, mode: 0o700 });
  return {
    tasks: createShimDriver({
      native,
      shimPath: join(lib, '..', 'bin', 'wharf-shim'),
      runtime: (name) => {
        const found = runtimes.resolve(name);
        return { path: found.path, globalArgs: ['--root', join(config['exec-root'], 'runtimes', found.name)], kind: found.name as 'crun' | 'runc' };
      },
      cgroupVersion: 1,
      unmount: ['/sys/fs/cgroup/unified'],
      bootId,
    }),
    host: {
      facts: {
        bootId, cgroupVersion: 1, controllers: ['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids'],
        appArmor: false, seccomp: true, swapAccounting: true, kernelVersion: release(), operatingSystem: 'Linux', architecture: 'amd64',
        cpus: cpus().length, memory: totalmem(), hardLimits: { nofile: 20000n, nproc: 32768n }, canRaiseLimits: false, hostname: hostname(), degraded: [], cpusetCpus: '', cpusetMems: '', capabilities: allCapabilities.filter((c) => c !== 'CAP_SYS_RESOURCE'),
      },
      deviceNode: () => Promise.reject(new InvalidArgumentError('devices are not here yet')),
      listDevices: () => Promise.resolve([]),
      ensureBindSource: (path) => Promise.resolve(statSync(path).isDirectory() ? 'directory' : 'file'),
      processTable: () => Promise.resolve({ titles: [], processes: [] }),
    },
    runtimes,
    seccomp: createSeccomp({ native, cacheDirectory: join(config['data-root'], 'seccomp'), kernelVersion: release() }),
    initPath: join(lib, 'wharf-init'),
  };
}
