import type { Container, PortSpec, PublishedPort } from '@wharf/core';
import { compareNatural } from '../../format/natural.js';
import { splitProtocol } from '../spec/port.js';
import { parsePortRange } from '../spec/port-range.js';

/** `80/tcp`. */
function keyOf({ containerPort, protocol }: Pick<PortSpec, 'containerPort' | 'protocol'>): string {
  return `${containerPort}/${protocol}`;
}

/** What -p asked for, by the port of the container. */
export function portBindings(ports: readonly PortSpec[]): ReadonlyMap<string, readonly object[]> {
  return grouped(ports, (port) => ({ HostIp: port.hostAddress, HostPort: wantedPort(port) }));
}

function wantedPort({ hostPort, hostPortEnd }: PortSpec): string {
  if (hostPort === 0 && hostPortEnd === 0) return '';
  return hostPortEnd > hostPort ? `${hostPort}-${hostPortEnd}` : String(hostPort);
}

/** Where ports are bound; those that are only exposed have null. */
export function boundPorts(
  ports: readonly PublishedPort[],
): ReadonlyMap<string, readonly object[] | null> {
  const bound = grouped(
    ports.filter(({ hostPort }) => hostPort !== 0),
    ({ hostAddress, hostPort }) => ({ HostIp: hostAddress, HostPort: String(hostPort) }),
  );
  const exposed = ports.map((port): [string, null] => [keyOf(port), null]);
  return new Map([...exposed, ...bound]);
}

function grouped<P extends Pick<PortSpec, 'containerPort' | 'protocol'>>(
  ports: readonly P[],
  show: (port: P) => object,
): ReadonlyMap<string, readonly object[]> {
  const groups = new Map<string, object[]>();
  for (const port of ports) {
    const key = keyOf(port);
    groups.set(key, [...(groups.get(key) ?? []), show(port)]);
  }
  return groups;
}

/** All that the container opens: of its image, by --expose and by -p. */
export function exposedPorts({ spec, ports }: Container): string[] {
  const { networking } = spec;
  const keys = [
    ...ports.map(keyOf),
    ...networking.ports.map(keyOf),
    ...networking.exposed.flatMap(eachOf),
  ];
  return [...new Set(keys)].sort(compareNatural);
}

function eachOf(text: string): string[] {
  const { ports, protocol } = splitProtocol(text);
  const { start, end } = parsePortRange(ports) ?? { start: 1, end: 0 };
  return Array.from({ length: end - start + 1 }, (_, at) => `${start + at}/${protocol}`);
}
