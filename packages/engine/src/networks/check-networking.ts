import { InvalidArgumentError, printable, type NetworkingSpec, type PortSpec } from '@wharf/core';
import { parseAddress, readDestination } from './address.js';
import { checkName } from './check-endpoint.js';
import { readExtraHost } from './etc-content.js';
import { splitEntry } from './egress-entry.js';

const protocols: readonly string[] = ['tcp', 'udp', 'sctp'];
const lastPort = 65_535;

/** The parts of a container's networking that can be judged without its networks. */
export function checkNetworking(
  networking: NetworkingSpec,
  features: ReadonlySet<string>,
): readonly string[] {
  for (const port of networking.ports) checkPort(port, features);
  for (const server of networking.dns.servers) parseAddress(server, 'DNS server');
  for (const line of networking.extraHosts) checkExtraHost(line);
  for (const entry of networking.egress?.allow ?? []) checkAllowed(entry);
  return networking.exposed.flatMap(expandExposed);
}

function checkPort(port: PortSpec, features: ReadonlySet<string>): void {
  const { containerPort, hostPort, hostPortEnd, protocol, hostAddress } = port;
  if (!isPort(containerPort) || containerPort === 0)
    throw new InvalidArgumentError(`invalid containerPort: ${containerPort}`);
  if (!isPort(hostPort) || !isPort(hostPortEnd))
    throw new InvalidArgumentError(`invalid hostPort: ${hostPort}`);
  if (!protocols.includes(protocol))
    throw new InvalidArgumentError(`invalid proto: ${printable(protocol)}`);
  if (protocol === 'sctp' && !features.has('sctp'))
    throw new InvalidArgumentError('sctp ports cannot be published: this kernel has no SCTP');
  if (hostAddress !== '') parseAddress(hostAddress, 'IP address of the host');
}

function isPort(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= lastPort;
}

function checkExtraHost(line: string): void {
  const { name, address } = readExtraHost(line);
  if (name === '' || /\s/.test(name))
    throw new InvalidArgumentError(`bad format for add-host: ${printable(line)}`);
  if (address === 'host-gateway') return;
  parseAddress(address, 'address in add-host');
}

/** HOST[:PORT], *.DOMAIN[:PORT], ADDRESS[:PORT], CIDR[:PORT]. */
export function checkAllowed(entry: string): void {
  const { host, port } = splitEntry(entry);
  if (!isPort(port)) throw new InvalidArgumentError(`invalid port in egress ${printable(entry)}`);
  if (readDestination(host) !== undefined) return;
  checkName(host.startsWith('*.') ? host.slice(2) : host, 'host in egress');
}

/** PORT[-PORT][/PROTOCOL] as PORT/PROTOCOL, one each. */
export function expandExposed(text: string): readonly string[] {
  const [range = '', protocol = 'tcp'] = text.toLowerCase().split('/');
  const [first, last = first] = range.split('-').map(Number);
  const legal =
    first !== undefined &&
    last !== undefined &&
    isPort(first) &&
    isPort(last) &&
    first > 0 &&
    first <= last &&
    protocols.includes(protocol);
  if (!legal)
    throw new InvalidArgumentError(`invalid range format for --expose: ${printable(text)}`);
  return Array.from({ length: last - first + 1 }, (_, i) => `${first + i}/${protocol}`);
}
