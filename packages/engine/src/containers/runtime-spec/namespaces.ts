import type { NamespaceModes } from '@wharf/core';
import type { RuntimeNamespace } from '@wharf/oci';
import { invalid, quoted } from './names.js';
import type { JoinedNamespaces } from './task-config.js';

const ownModes = ['', 'private'];

/** Grammar of --network, --pid, --ipc, --uts and --cgroupns. */
export function checkNamespaces(modes: NamespaceModes, hostname: string | undefined): void {
  const { network, pid, ipc, uts, cgroup } = modes;
  if (network.startsWith('container:') && !joins(network)) {
    throw invalid(`network ${quoted(network)} not found: name a container`, '--network');
  }
  if (![...ownModes, 'host'].includes(pid) && !joins(pid)) {
    throw invalid(`invalid PID mode: ${quoted(pid)}`, '--pid');
  }
  if (![...ownModes, 'shareable', 'none', 'host'].includes(ipc) && !joins(ipc)) {
    throw invalid(`invalid IPC mode: ${quoted(ipc)}`, '--ipc');
  }
  if (![...ownModes, 'host'].includes(uts)) {
    throw invalid(`invalid UTS mode: ${quoted(uts)}`, '--uts');
  }
  if (![...ownModes, 'host'].includes(cgroup)) {
    throw invalid(`invalid cgroup namespace mode: ${quoted(cgroup)}`, '--cgroupns');
  }
  if (hostname === undefined || hostname === '') return;
  if (uts === 'host') throw invalid('conflicting options: hostname and the UTS mode', '--hostname');
  if (joins(network)) {
    throw invalid('conflicting options: hostname and the network mode', '--hostname');
  }
}

/** Whether a mode is `container:` with a name or id. */
export function joins(mode: string): boolean {
  return mode.startsWith('container:') && mode.length > 'container:'.length;
}

/** Whether the container has a network of its own, whose settings it may change. */
export function ownNetwork(mode: string): boolean {
  return mode !== 'host' && !joins(mode);
}

/** Whether the container has IPC objects of its own. */
export function ownIpc(mode: string): boolean {
  return mode !== 'host' && !joins(mode);
}

/** What of namespaces(7) the container gets; a time namespace only where the runtime knows it. */
export function buildNamespaces(
  modes: NamespaceModes,
  joined: JoinedNamespaces,
  withTime: boolean,
): readonly RuntimeNamespace[] {
  const namespaces: (RuntimeNamespace | undefined)[] = [
    { type: 'mount' },
    namespace('network', modes.network, joined.network),
    namespace('pid', modes.pid, joined.pid),
    namespace('ipc', modes.ipc, joined.ipc),
    namespace('uts', modes.uts, undefined),
    namespace('cgroup', modes.cgroup, undefined),
    withTime ? { type: 'time' } : undefined,
  ];
  return namespaces.filter((each) => each !== undefined);
}

function namespace(
  type: RuntimeNamespace['type'],
  mode: string,
  path: string | undefined,
): RuntimeNamespace | undefined {
  if (mode === 'host') return undefined;
  if (path !== undefined) return { type, path };
  if (joins(mode)) throw invalid(`the ${type} namespace of ${quoted(mode)} is not known`);
  return { type };
}
