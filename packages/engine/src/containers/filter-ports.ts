import { InvalidArgumentError, printable } from '@wharf/core';
import type { PortProtocol } from '@wharf/core';

interface Port {
  readonly number: number;
  readonly protocol: PortProtocol;
}

/**
 * What `publish=` and `expose=` say: PORT[-PORT][/PROTOCOL], TCP when nothing is said.
 * @throws invalid-argument for what is none
 */
export function portsFilter(key: string, values: readonly string[]): (port: Port) => boolean {
  const ranges = values.map((value) => readRange(key, value));
  return ({ number, protocol }) =>
    ranges.some(
      (range) => range.protocol === protocol && number >= range.start && number <= range.end,
    );
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly protocol: string;
}

function readRange(key: string, text: string): Range {
  const match = /^([0-9]{1,5})(?:-([0-9]{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(text);
  const [, first = '', last = first, protocol = 'tcp'] = match ?? [];
  const range = { start: Number(first), end: Number(last), protocol: protocol.toLowerCase() };
  if (match !== null && range.start <= range.end && range.end <= 65_535) return range;
  throw new InvalidArgumentError(
    `invalid filter '${key}=${printable(text)}': use PORT[-PORT][/PROTOCOL]`,
  );
}
