import { mkdir, readdir } from 'node:fs/promises';
import { isFullId, isWharfError, type CallOptions, type ContainerId } from '@wharf/core';
import { formatCidr, parseAddress, parseCidr } from './address.js';
import { ensureBridge } from './bridges.js';
import { builtInRecord, builtInSpec } from './built-in.js';
import type { NetworkContext } from './context.js';
import { describePool, readPool } from './ipam.js';
import { nameSandbox } from './name-records.js';
import { namespacePath } from './open.js';
import { ownerOf } from './plan.js';
import { resolvePools } from './pools.js';
import type { NetworkRecord } from './records.js';
import { registerSandbox } from './register.js';
import { presentInterfaces, repairSandbox } from './repair.js';
import { withoutLease } from './sandbox-record.js';
import { ensureSegments, isOfSegment, segmentsOf } from './segments.js';
import type { NetworkedContainer } from './sandboxes.js';

/** Records against the kernel: what belongs to containers that may run is kept and mended, the rest goes (R8). */
export async function adoptNetworks(
  context: NetworkContext,
  known: readonly NetworkedContainer[],
  active: ReadonlySet<ContainerId>,
  { signal }: CallOptions,
): Promise<readonly string[]> {
  const recovery = [...context.records.quarantined];
  await mkdir(context.namespaces, { recursive: true, mode: 0o711 });
  await ensureDefault(context, { signal });
  for (const network of context.records.networks()) context.addresses.add(network);
  recallSandboxes(context, known, active);
  recovery.push(...(await mendBridges(context, { signal })));
  await context.keeper.sync();
  await context.keeper.verify();
  await syncNames(context, { signal });
  recovery.push(...(await repair(context, { signal })));
  recovery.push(...(await removeStrays(context, { signal })));
  return recovery;
}

/** The default network; the first start of a daemon makes it. */
async function ensureDefault(context: NetworkContext, options: CallOptions): Promise<void> {
  const { records, defaults } = context;
  if (defaults.bridge === 'none') return;
  const found = records.find('bridge');
  if (found !== undefined) return followConfig(context, found, options);
  const spec = await defaultSpec(context, options);
  records.insert(builtInRecord(spec, defaults.bridge), []);
}

async function defaultSpec(context: NetworkContext, options: CallOptions) {
  const { bip, icc } = context.defaults;
  const base = builtInSpec('bridge');
  const key = 'com.docker.network.bridge.enable_icc';
  const spec = icc ? base : { ...base, options: { [key]: 'false' } };
  if (bip !== '') {
    const gateway = parseAddress(bip.split('/')[0] ?? '', 'bip');
    const subnet = formatCidr(parseCidr(bip, 'bip'));
    const asked = { subnet, ipRange: '', gateway: '', auxAddresses: {} };
    const pool = readPool({ ...asked, gateway: bip.split('/')[0] ?? '' });
    return { ...spec, ipam: { ...spec.ipam, pools: [describePool(asked, { ...pool, gateway })] } };
  }
  const pools = await resolvePools(context, spec, context.defaults.bridge, options);
  return { ...spec, ipam: { ...spec.ipam, pools } };
}

/** A daemon that was given another name for the default bridge, or another bip. */
async function followConfig(
  context: NetworkContext,
  found: NetworkRecord,
  options: CallOptions,
): Promise<void> {
  const { bridge, bip } = context.defaults;
  const asked = bip === '' ? '' : formatCidr(parseCidr(bip, 'bip'));
  const same = asked === '' || found.spec.ipam.pools.some(({ subnet }) => subnet === asked);
  if (same && found.bridgeName === bridge) return;
  const spec = same ? found.spec : await defaultSpec(context, options);
  context.records.update({ ...found, spec, bridgeName: bridge });
}

function recallSandboxes(
  context: NetworkContext,
  known: readonly NetworkedContainer[],
  active: ReadonlySet<ContainerId>,
): void {
  const { records, addresses } = context;
  const ids = new Set(known.map(({ id }) => id));
  for (const sandbox of records.sandboxes()) {
    if (!ids.has(sandbox.containerId)) records.forget(sandbox.containerId);
    else if (!active.has(sandbox.containerId)) {
      const endpoints = sandbox.endpoints.map(withoutLease);
      records.remember({ ...sandbox, endpoints, open: false, bound: [] });
    } else
      for (const { networkId, lease } of sandbox.endpoints)
        if (lease !== undefined) addresses.adopt(networkId, lease);
  }
  for (const container of known) {
    const sandbox = records.sandbox(container.id);
    if (sandbox !== undefined) {
      if (sandbox.containerName !== container.name)
        records.remember({ ...sandbox, containerName: container.name });
      continue;
    }
    recall(context, container);
  }
}

/** One whose network is gone keeps its record, and says so when it is started. */
function recall(context: NetworkContext, container: NetworkedContainer): void {
  try {
    registerSandbox(context, container);
  } catch (error) {
    if (!isWharfError(error)) throw error;
    context.logger.warn('the networks of a container are not as they were', {
      containerId: container.id,
      error,
    });
  }
}

async function mendBridges(
  context: NetworkContext,
  options: CallOptions,
): Promise<readonly string[]> {
  const mended = await Promise.allSettled(
    context.records.networks().map(async (network) => {
      await ensureBridge(context, network, options);
      await ensureSegments(context, network, segmentsOf(context.records, network), options);
    }),
  );
  return mended.flatMap((result, index) => {
    if (result.status === 'fulfilled') return [];
    const name = context.records.networks()[index]?.spec.name ?? '';
    context.logger.error('the bridge of a network could not be made', {
      network: name,
      error: result.reason as unknown,
    });
    return [`network ${name}: its bridge could not be made, see the log`];
  });
}

/** Tells the resolver of all containers that run; what it had put into the packet filter it puts there again. */
export async function syncNames(context: NetworkContext, options: CallOptions): Promise<void> {
  const hostFile = await context.hostResolvConf();
  const { network, names } = context.ports;
  const sandboxes = context.records
    .sandboxes()
    .filter(({ containerId }) => network.sandboxExists(namespacePath(context, containerId)))
    .flatMap((sandbox) => nameSandbox(context, sandbox, hostFile) ?? []);
  await names.sync(sandboxes, options);
  const { hostFault } = names;
  const what = 'names of containers on the host';
  if (hostFault !== undefined && !context.degraded.some((known) => known.what === what))
    context.degraded.push({ what, why: `the resolver cannot listen: ${hostFault}` });
}

/** One that cannot be mended does not stop the others. */
async function repair(context: NetworkContext, options: CallOptions): Promise<readonly string[]> {
  const open = context.records.sandboxes().filter((sandbox) => sandbox.open);
  if (open.length === 0) return [];
  const present = await presentInterfaces(context, options);
  const done = await Promise.allSettled(
    open.map((sandbox) =>
      repairSandbox(context, sandbox, present.get(sandbox.containerId) ?? new Set(), options),
    ),
  );
  return done.flatMap((result, index) => {
    if (result.status === 'fulfilled') return result.value ?? [];
    const { containerName, containerId } = open[index] ?? {};
    context.logger.error('the networks of a container could not be mended', {
      containerId,
      error: result.reason as unknown,
    });
    return [`container ${containerName}: its networks could not be mended, see the log`];
  });
}

/** Interfaces by their alias, namespaces by their name: those of no network and of no container that may run. */
async function removeStrays(
  context: NetworkContext,
  options: CallOptions,
): Promise<readonly string[]> {
  const { records, ports, namespaces } = context;
  const recovery: string[] = [];
  const open = new Set<string>(
    records
      .sandboxes()
      .filter((sandbox) => sandbox.open)
      .map(({ containerId }) => containerId),
  );
  for (const file of await readdir(namespaces)) {
    if (!isFullId(file) || open.has(file)) continue;
    await ports.network.removeSandbox(`${namespaces}/${file}`, options);
    recovery.push(`the network namespace of container ${file.slice(0, 12)} was left over`);
  }
  const owner = ownerOf(context.daemonId);
  for (const { name, alias } of await ports.network.ownInterfaces(owner, options)) {
    const id = alias.slice(owner.length);
    const network = records.byId(id);
    if (network?.bridgeName === name || open.has(id)) continue;
    if (network !== undefined && isOfSegment(records, network, name)) continue;
    await ports.network.removeInterface(name, options);
    recovery.push(`the interface ${name} was left over`);
  }
  return recovery;
}
