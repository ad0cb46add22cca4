import { createHash } from 'node:crypto';
import { WharfError, type CallOptions, type Degradation } from '@wharf/core';
import { KeyLock } from '../concurrency/key-lock.js';
import type { Logger } from '../containers/dependencies.js';
import type { State } from '../state/state.js';
import { allOf } from './all-of.js';
import { Addresses } from './addresses.js';
import { adoptNetworks, syncNames } from './adopt.js';
import { ensureHostAndNone } from './built-in.js';
import { closeSandbox } from './close.js';
import { connectSandbox, disconnectSandbox, renameSandbox } from './connect.js';
import type { NetworkContext, NetworkDefaults, NetworkPorts } from './context.js';
import { describeSandbox } from './describe.js';
import { EgressLog } from './egress-log.js';
import { FilterKeeper } from './filter-keeper.js';
import { filterInput, tableName } from './filter-records.js';
import { openSandbox } from './open.js';
import { NetworkRecords } from './records.js';
import { ownerOf } from './plan.js';
import { ruleOwner } from './route-rules.js';
import { registerSandbox } from './register.js';
import type { Sandboxes } from './sandboxes.js';

export interface NetworkingDependencies {
  readonly state: State;
  readonly ports: NetworkPorts;
  /** Stable over restarts. */
  readonly daemonId: string;
  readonly defaults: NetworkDefaults;
  readonly logger: Logger;
  /** <exec-root>/netns */
  readonly namespaces: string;
  readonly etc: NetworkContext['etc'];
  readonly hostResolvConf: NetworkContext['hostResolvConf'];
}

/** Everything of networks but their face: what containers use, and what the daemon's life needs. */
export interface Networking extends Sandboxes {
  readonly context: NetworkContext;
  /** What does not work as it should, for `info`. */
  readonly degraded: readonly Degradation[];
  /** Compares the kernel with the records, and restores it. False when it was not as it should be. */
  verify(): Promise<boolean>;
  /** What running containers need stays as it is. Where none runs, nothing of ours stays in the kernel. */
  shutDown(): Promise<void>;
}

export function createNetworking(deps: NetworkingDependencies): Networking {
  const { ports, daemonId, logger } = deps;
  const records = new NetworkRecords(deps.state);
  ensureHostAndNone(records);
  const degraded: Degradation[] = [];
  const table = tableName(daemonId);
  const hash = createHash('sha256').update(daemonId).digest();
  const keeper = new FilterKeeper({
    filter: ports.filter,
    network: ports.network,
    owner: ruleOwner(hash),
    input: () => filterInput(table, records),
    seen: { read: () => records.seenFilter(), write: (text) => records.noteFilter(text) },
    logger,
    restored: () => syncNames(context, { signal: AbortSignal.timeout(restoreMs) }),
    degraded: (what) => {
      if (!degraded.some((known) => known.what === what.what)) degraded.push(what);
    },
  });
  const context: NetworkContext = {
    ...deps,
    records,
    keeper,
    degraded,
    segments: new Set(),
    addresses: new Addresses(),
    locks: new KeyLock(),
  };
  const egressLog = new EgressLog(context);
  return {
    context,
    degraded,
    manages: (mode) => manages(mode),
    register: (container) => {
      const registered = registerSandbox(context, container);
      // A start is near.
      if (manages(registered.networkMode)) ports.network.prepare();
      return registered;
    },
    open: (id, options) => openSandbox(context, id, options),
    close: (id, options) => closeSandbox(context, id, options),
    shutDown: async () => {
      await egressLog.close();
      await shutDown(context);
    },
    forget: (id) => records.forget(id),
    renamed: (id, name, options) => renameSandbox(context, id, name, options),
    describe: (id) => describeSandbox(context, id),
    connect: (id, endpoint, options) => connectSandbox(context, id, endpoint, options),
    disconnect: (id, network, options) => disconnectSandbox(context, id, network, options),
    adopt: async (known, active, options) => {
      const recovery = await adoptNetworks(context, known, active, options);
      keeper.watch();
      egressLog.open();
      return recovery;
    },
    verify: () => keeper.verify(),
  };
}

/** Of the filter and of the interfaces each: removing one of a busy machine takes the kernel a good part of a second. */
const shutDownMs = 10_000;
const restoreMs = 30_000;

async function shutDown(context: NetworkContext): Promise<void> {
  const { keeper, records, ports, daemonId } = context;
  await keeper.close();
  if (records.sandboxes().some(({ open }) => open)) return;
  // First what takes least: rules that stay would be about whoever has the addresses next.
  await allOf([
    () => inTime(`the table inet ${tableName(daemonId)} of nftables`, (call) => keeper.clear(call)),
    () => inTime('interfaces', (call) => removeInterfaces(ports, daemonId, call)),
  ]);
}

async function inTime(what: string, work: (call: CallOptions) => Promise<void>): Promise<void> {
  const signal = AbortSignal.timeout(shutDownMs);
  try {
    await work({ signal });
  } catch (cause) {
    if (!signal.aborted) throw cause;
    throw new WharfError(
      'deadline-exceeded',
      `${what} could not be removed within ${shutDownMs / 1000} s, as the kernel is busy: start and stop wharfd again to remove what is left of its networks`,
      { cause },
    );
  }
}

async function removeInterfaces(
  { network }: NetworkPorts,
  daemonId: NetworkContext['daemonId'],
  options: CallOptions,
): Promise<void> {
  const own = await network.ownInterfaces(ownerOf(daemonId), options);
  await allOf(
    own.map(
      ({ name }) =>
        () =>
          network.removeInterface(name, options),
    ),
  );
}

function manages(mode: string): boolean {
  return mode !== 'none' && mode !== 'host' && !mode.startsWith('container:');
}
