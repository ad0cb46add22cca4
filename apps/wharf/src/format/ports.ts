import type { PublishedPort } from '@wharf/core';

interface Group {
  readonly key: string;
  readonly address: string;
  readonly protocol: string;
  readonly first: number;
  last: number;
}

/**
 * Ports as docker's `ps` prints them: neighbours that go to the same number outside joined, exposed ones by themselves,
 * then those that have another number outside.
 */
export function portsText(ports: readonly PublishedPort[]): string {
  const joined: string[] = [];
  const renumbered: string[] = [];
  const open = new Map<string, Group>();
  for (const port of [...ports].sort(comparePorts)) {
    const { containerPort, hostAddress, hostPort, protocol } = port;
    if (hostPort !== 0 && hostPort !== containerPort) {
      const outside = hostText(hostAddress, String(hostPort));
      renumbered.push(`${outside}->${containerPort}/${protocol}`);
      continue;
    }
    const address = hostPort === 0 ? undefined : hostAddress;
    const key = `${address ?? '-'}/${protocol}`;
    const group = open.get(key);
    if (group?.last === containerPort - 1) group.last = containerPort;
    else {
      if (group !== undefined) joined.push(groupText(group));
      open.set(key, {
        key,
        address: address ?? '',
        protocol,
        first: containerPort,
        last: containerPort,
      });
    }
  }
  return [...joined, ...Array.from(open.values(), groupText), ...renumbered].join(', ');
}

/** `0.0.0.0:80`, `[::]:80`. */
export function hostText(address: string, port: string): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function groupText({ key, address, protocol, first, last }: Group): string {
  const numbers = first === last ? String(first) : `${first}-${last}`;
  const exposed = key.startsWith('-/');
  const outside = exposed ? '' : `${hostText(address, numbers)}->`;
  return `${outside}${numbers}/${protocol}`;
}

function comparePorts(left: PublishedPort, right: PublishedPort): number {
  return (
    left.containerPort - right.containerPort ||
    compareText(left.hostAddress, right.hostAddress) ||
    left.hostPort - right.hostPort ||
    compareText(left.protocol, right.protocol)
  );
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
