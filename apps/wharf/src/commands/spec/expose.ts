import { InvalidArgumentError } from '@wharf/core';
import { splitProtocol } from './port.js';
import { parsePortRange } from './port-range.js';

/**
 * Reads `--expose PORT[-PORT][/PROTOCOL]`.
 * @returns the same with its protocol
 * @throws InvalidArgumentError in docker's words
 */
export function parseExpose(text: string): string {
  if (text.includes(':')) {
    throw new InvalidArgumentError(`invalid port format for --expose: ${text}`);
  }
  const { ports, protocol } = splitProtocol(text);
  const range = parsePortRange(ports);
  if (range === undefined || range.start === 0) {
    throw new InvalidArgumentError(
      `invalid range format for --expose: ${text}, error: ${whyNot(ports)}`,
    );
  }
  if (!['tcp', 'udp', 'sctp'].includes(protocol.toLowerCase())) {
    throw new InvalidArgumentError(
      `invalid range format for --expose: ${text}, error: invalid proto: ${protocol}`,
    );
  }
  const { start, end } = range;
  return `${start}${end === start ? '' : `-${end}`}/${protocol.toLowerCase()}`;
}

function whyNot(ports: string): string {
  if (ports === '') return 'empty string specified for ports';
  if (/^[0-9]+-[0-9]+$/.test(ports)) return `invalid range specified for port: ${ports}`;
  return `${JSON.stringify(ports)} is not a port`;
}
