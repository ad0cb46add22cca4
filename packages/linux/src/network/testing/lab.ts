import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Native } from '@wharf/linux/native';
import { createNetworkPort, type LinuxNetworkPort } from '../network-port.js';

/** A host of its own: a namespace whose links, rules and tables nobody else sees. */
export interface Lab extends AsyncDisposable {
  readonly network: LinuxNetworkPort;
  readonly directory: string;
  /** Descriptor of the namespace that stands for the host. */
  readonly host: number;
  /** Path for a sandbox. */
  path(name: string): string;
  /** Output of a program in the host's namespace, or in the sandbox pinned at a path. */
  inside(where: string | 'host', ...argv: readonly string[]): string;
}

export async function createLab(native: Native): Promise<Lab> {
  const directory = mkdtempSync(join(tmpdir(), 'wharf-network-'));
  const pins = join(directory, 'netns');
  const host = await native.netnsCreate([]);
  const network = createNetworkPort({ native, directory: pins, hostNamespace: host });
  await network.open();
  const used: string[] = [];
  return {
    network,
    directory: pins,
    host,
    path: (name) => {
      const path = join(pins, name);
      used.push(path);
      return path;
    },
    inside: (where, ...argv) => {
      const namespace = where === 'host' ? `/proc/${process.pid}/fd/${host}` : where;
      const all = [`--net=${namespace}`, '--', ...argv];
      return execFileSync('nsenter', all, { encoding: 'utf8', stdio: 'pipe' });
    },
    [Symbol.asyncDispose]: async () => {
      const signal = AbortSignal.timeout(10_000);
      for (const path of used) await network.removeSandbox(path, { signal });
      await network.close();
      // The mount of pins has gone with the last of them, or the folder cannot be removed.
      native.close(host);
      rmSync(directory, { recursive: true });
    },
  };
}
