import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallOptions } from '@wharf/core';
import type { NetworkContext } from './context.js';
import { hostsContent } from './etc-content.js';
import { amendEtcFile } from './etc-write.js';
import { liveEndpoints } from './gateway.js';
import { namespacePath } from './open.js';
import { interfaceSpec, ownerOf, routesOf } from './plan.js';
import type { SandboxRecord } from './sandbox-record.js';

/**
 * A daemon that died while it connected or disconnected a running container: the interfaces become those of the record.
 * Gives what was done, undefined where nothing was.
 */
export async function repairSandbox(
  context: NetworkContext,
  sandbox: SandboxRecord,
  present: ReadonlySet<string>,
  options: CallOptions,
): Promise<string | undefined> {
  const { network } = context.ports;
  const id = sandbox.containerId;
  const path = namespacePath(context, id);
  if (!network.sandboxExists(path)) return undefined;
  const live = liveEndpoints(context.records, sandbox).filter(
    ({ network: { bridgeName } }) => bridgeName !== '',
  );
  const wanted = new Set(live.map(({ lease }) => lease.hostName));
  const missing = live.filter(({ lease }) => !present.has(lease.hostName));
  const extra = [...present].filter((name) => !wanted.has(name));
  if (missing.length === 0 && extra.length === 0) return undefined;
  const routes = routesOf(liveEndpoints(context.records, sandbox));
  for (const name of extra) await network.removeInterface(name, options);
  for (const endpoint of missing)
    await network.addInterface(path, interfaceSpec(context, id, endpoint), routes, options);
  if (missing.length === 0) await network.removeSandboxInterface(path, 'none', routes, options);
  await mendHosts(context, sandbox);
  return `container ${sandbox.containerName}: an interrupted change of its networks was finished`;
}

/** By the container they belong to: the ends on the host of its interfaces. */
export async function presentInterfaces(
  { ports, daemonId }: NetworkContext,
  options: CallOptions,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const owner = ownerOf(daemonId);
  const found = new Map<string, Set<string>>();
  for (const { name, alias } of await ports.network.ownInterfaces(owner, options)) {
    const id = alias.slice(owner.length);
    const names = found.get(id) ?? new Set();
    found.set(id, names.add(name));
  }
  return found;
}

/** Undefined when a start was interrupted before it, or a removal after it. */
async function readHosts(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Lines of its own names are ours, whichever address they had. */
async function mendHosts(context: NetworkContext, sandbox: SandboxRecord): Promise<void> {
  const { hostname, domainname } = sandbox;
  const names = domainname === '' ? hostname : `${hostname}.${domainname} ${hostname}`;
  const etc = context.etc(sandbox.containerId);
  const found = await readHosts(join(etc, 'hosts'));
  if (found === undefined) return;
  const before = found.split('\n').filter((line) => line.endsWith(`\t${names}`));
  await amendEtcFile(etc, 'hosts', before.join('\n'), hostsContent(context, sandbox));
}
