import { FailedPreconditionError, InvalidArgumentError } from '@wharf/core';
import type { ContainerContext } from './dependencies.js';
import type { ContainerRecord } from './records.js';
import type { JoinedNamespaces } from './runtime-spec/task-config.js';

const prefix = 'container:';

/** Namespaces of running containers that this one joins; failed-precondition when the other does not run. */
export function joinedNamespaces(
  context: ContainerContext,
  record: ContainerRecord,
): JoinedNamespaces {
  const { network, pid, ipc } = { ...record.spec.namespaces, network: record.resolved.networkMode };
  const of = (mode: string, file: string): string | undefined => {
    const other = otherProcess(context, record, mode);
    return other === undefined ? undefined : `/proc/${other.pid}/ns/${file}`;
  };
  const joined = {
    network: of(network, 'net'),
    pid: of(pid, 'pid'),
    ipc: of(ipc, 'ipc'),
  };
  return Object.fromEntries(Object.entries(joined).filter(([, path]) => path !== undefined));
}

/** The container whose network this one shares, and with it the files in etc; itself when it has one of its own. */
export function networkOwner(context: ContainerContext, record: ContainerRecord): ContainerRecord {
  const { networkMode } = record.resolved;
  if (!networkMode.startsWith(prefix)) return record;
  const other = context.records.lookup(networkMode.slice(prefix.length));
  return other.id === record.id ? record : networkOwner(context, other);
}

function otherProcess(
  context: ContainerContext,
  record: ContainerRecord,
  mode: string,
): { pid: number } | undefined {
  if (!mode.startsWith(prefix)) return undefined;
  const ref = mode.slice(prefix.length);
  const other = context.records.lookup(ref);
  if (other.id === record.id) {
    throw new InvalidArgumentError(`container ${record.name} cannot join its own namespaces`);
  }
  if (other.state.status !== 'running' && other.state.status !== 'paused') {
    throw new FailedPreconditionError(
      `cannot join namespaces of a non running container: ${other.name}, start it first`,
    );
  }
  return { pid: other.state.process.pid };
}
