import { InvalidArgumentError, type PortProtocol, type PortSpec } from '@wharf/core';
import { addressFamily } from './addresses.js';
import { parsePortRange, type PortRange } from './port-range.js';

const protocols: readonly PortProtocol[] = ['tcp', 'udp', 'sctp'];

/**
 * Reads `-p [[ADDRESS:][HOSTPORT[-END]]:]PORT[-END][/PROTOCOL]`, or the long form
 * `published=8080,target=80,protocol=udp`. A range of ports of the container makes an entry each; a range of the host
 * for one port of the container is the choice that it has.
 * @throws InvalidArgumentError in docker's words
 */
export function parsePublish(text: string): PortSpec[] {
  const { ports, protocol } = splitProtocol(text.includes('=') ? shortForm(text) : text);
  const { address, host, container } = splitParts(ports);
  const hostAddress = hostAddressOf(address);
  if (container === '') throw new InvalidArgumentError(`no port specified: ${text}<empty>`);
  const inside = rangeOf(container, 'containerPort', 1);
  const outside = host === '' ? undefined : rangeOf(host, 'hostPort', 0);
  const known = protocols.find((name) => name === protocol.toLowerCase());
  const pairs = pairsOf(inside, outside, `${container} and ${host}`);
  if (known === undefined) throw new InvalidArgumentError(`invalid proto: ${protocol}`);
  return pairs.map((pair) => ({ ...pair, protocol: known, hostAddress }));
}

/** The end of a port with protocol is where its last slash is; nothing after it is TCP. */
export function splitProtocol(text: string): { readonly ports: string; readonly protocol: string } {
  const at = text.indexOf('/');
  if (at < 0) return { ports: text, protocol: 'tcp' };
  return { ports: text.slice(0, at), protocol: text.slice(at + 1) || 'tcp' };
}

/** `published=8080,target=80` as `8080:80/tcp`. */
function shortForm(text: string): string {
  const fields = new Map([['protocol', 'tcp']]);
  for (const field of text.split(',')) {
    const at = field.indexOf('=');
    const name = field.slice(0, Math.max(0, at)).trim();
    if (!['published', 'target', 'protocol', 'mode'].includes(name)) {
      throw new InvalidArgumentError(
        `invalid publish opts format (should be name=value but got '${field}')`,
      );
    }
    fields.set(name, field.slice(at + 1).trim());
  }
  const of = (name: string): string => fields.get(name) ?? '';
  return `${of('published')}:${of('target')}/${of('protocol')}`;
}

interface Parts {
  readonly address: string;
  readonly host: string;
  readonly container: string;
}

/** The last part is the container's, the one before it the host's, all before is the address. */
function splitParts(text: string): Parts {
  const parts = text.split(':');
  const [container = '', host = ''] = parts.slice(-2).reverse();
  return { container, host, address: parts.slice(0, -2).join(':') };
}

function hostAddressOf(text: string): string {
  if (text === '') return '';
  const bracketed = /^\[(.*)\]$/.exec(text);
  const address = bracketed?.[1] ?? text;
  const family = addressFamily(address);
  if (family !== 0 && (bracketed === null || family === 6)) return address;
  throw new InvalidArgumentError(`invalid IP address: ${text}`);
}

function rangeOf(text: string, what: string, least: number): PortRange {
  const range = parsePortRange(text);
  if (range !== undefined && range.start >= least) return range;
  throw new InvalidArgumentError(`invalid ${what}: ${text}`);
}

type Pair = Pick<PortSpec, 'containerPort' | 'hostPort' | 'hostPortEnd'>;

function pairsOf(inside: PortRange, outside: PortRange | undefined, both: string): Pair[] {
  const count = inside.end - inside.start + 1;
  const choice = outside === undefined ? 1 : outside.end - outside.start + 1;
  if (outside !== undefined && count !== choice) {
    if (count > 1) {
      throw new InvalidArgumentError(
        `invalid ranges specified for container and host Ports: ${both}`,
      );
    }
    const { start: hostPort, end: hostPortEnd } = outside;
    return [{ containerPort: inside.start, hostPort, hostPortEnd }];
  }
  return Array.from({ length: count }, (_, at) => ({
    containerPort: inside.start + at,
    hostPort: outside === undefined ? 0 : outside.start + at,
    hostPortEnd: 0,
  }));
}
