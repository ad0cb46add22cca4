import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createNamePort, createNetworkPort, createPacketFilter } from '@wharf/linux';
import type { Native } from '@wharf/linux/native';
import type { DaemonLogger } from './logger.js';
import { prepareShimCgroups } from './life/shim-cgroup.js';

export interface NetworkPortOptions {
  readonly native: Native;
  readonly lib: string;
  readonly execRoot: string;
  /** Where namespaces are pinned. */
  readonly namespaces: string;
  readonly cgroupParent: string;
  readonly cgroupVersion: 1 | 2;
  readonly logger: DaemonLogger;
  /** ADDRESS:PORT where programs of the host ask for names; '' is nowhere. */
  readonly hostNames: string;
}

/** The kernel's side of networks. Closing leaves interfaces, tables and the resolver as they are. */
export async function networkPorts(options: NetworkPortOptions) {
  const { native, logger } = options;
  const network = createNetworkPort({ native, directory: options.namespaces });
  await network.open();
  const filter = createPacketFilter({ native });
  const names = createNamePort({
    native,
    executable: join(options.lib, '..', 'bin', 'wharf-shim'),
    directory: join(options.execRoot, 'names'),
    host: options.hostNames,
    cgroupProcs: prepareShimCgroups(options.cgroupParent, options.cgroupVersion),
    onFault: (error) => logger.error('the resolver of containers', { error }),
  });
  return {
    network,
    filter,
    names,
    async close(): Promise<void> {
      await names.close();
      await filter.close();
      await network.close();
    },
  };
}

const systemd = '/run/systemd/resolve/resolv.conf';

/** The servers of the host; behind systemd's stub on loopback, those that it asks (systemd-resolved.service(8)). */
export async function hostResolvConf(): Promise<string> {
  const own = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  if (!/^\s*nameserver\s+127\.0\.0\.53\s*$/m.test(own)) return own;
  return readFile(systemd, 'utf8').catch(() => own);
}
