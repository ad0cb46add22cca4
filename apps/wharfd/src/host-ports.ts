import { mkdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HostPort, RuntimePort, SeccompPort } from '@wharf/engine';
import {
  createHost,
  createSeccomp,
  createShimDriver,
  type ShimDriver,
  findRuntimes,
  readHostFacts,
} from '@wharf/linux';
import type { Native } from '@wharf/linux/native';
import type { Config } from './config/schema.js';
import { cgroupParent } from './config/slices.js';
import { prepareShimCgroups } from './life/shim-cgroup.js';

export interface HostPorts {
  readonly tasks: ShimDriver;
  readonly host: HostPort;
  readonly runtimes: RuntimePort;
  readonly seccomp: SeccompPort;
  /** Static init for --init; '' when the installation has none. */
  readonly initPath: string;
}

/** Everything that only this host can do, found and probed. */
export async function hostPorts(
  config: Config,
  native: Native,
  lib: string,
  signal: AbortSignal,
): Promise<HostPorts> {
  const facts = await readHostFacts();
  const stateRoot = join(config['exec-root'], 'runtimes');
  await mkdir(stateRoot, { recursive: true, mode: 0o700 });
  const runtimes = await findRuntimes({
    facts,
    stateRoot,
    configured: Object.fromEntries(
      Object.entries(config.runtimes).map(([name, { path }]) => [name, path]),
    ),
    defaultName: config['default-runtime'],
    signal,
  });
  const init = join(lib, 'wharf-init');
  return {
    runtimes,
    host: createHost({ ...facts, degraded: [...facts.degraded, ...runtimes.degraded] }, native),
    seccomp: createSeccomp({
      native,
      cacheDirectory: join(config['data-root'], 'seccomp'),
      kernelVersion: facts.kernelVersion,
    }),
    tasks: createShimDriver({
      native,
      shimPath: join(lib, '..', 'bin', 'wharf-shim'),
      runtime: (name) => runtimes.entry(name),
      cgroupVersion: facts.cgroupVersion,
      unmount: runtimes.unmount,
      bootId: facts.bootId,
      cgroupProcs: prepareShimCgroups(cgroupParent(config), facts.cgroupVersion),
      reserveDirectory: join(config['exec-root'], 'reserve'),
    }),
    initPath: existsSync(init) ? init : '',
  };
}
