import { InvalidArgumentError } from '@wharf/core';
import { cut, parseDecimal, quote } from './chars.js';

const protocols: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp']);

/**
 * Brings `80`, `80/TCP` or `7000-7010/udp` to the form `80/tcp`, `7000-7010/udp`.
 * @throws InvalidArgumentError unless ports are 1 to 65535 and the protocol is tcp, udp or sctp
 */
export function parseExposedPort(text: string): string {
  const [ports, protocol = 'tcp'] = cut(text, '/');
  const [first, last = first] = cut(ports, '-');
  const [start, end] = [parsePort(first), parsePort(last)];
  const name = protocol.toLowerCase();
  if (start === undefined || end === undefined || end < start || !protocols.has(name)) {
    throw new InvalidArgumentError(
      `invalid port ${quote(text)}: write it as port[-port][/tcp|udp|sctp], ports 1 to 65535`,
    );
  }
  return start === end ? `${start}/${name}` : `${start}-${end}/${name}`;
}

function parsePort(text: string): number | undefined {
  const port = parseDecimal(text);
  return port !== undefined && port >= 1 && port <= 65_535 ? port : undefined;
}
