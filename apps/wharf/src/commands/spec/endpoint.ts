import { InvalidArgumentError, type EndpointSpec } from '@wharf/core';
import { addressFamily, checkedAddress, parseMac, withoutBrackets } from './addresses.js';
import { parseCsvLine } from './csv.js';
import { splitPair } from './key-values.js';

/** A network of which nothing particular is asked. */
export function plainEndpoint(network: string): EndpointSpec {
  return {
    network,
    aliases: [],
    ipv4Address: '',
    ipv6Address: '',
    linkLocalAddresses: [],
    macAddress: '',
    driverOptions: {},
    gatewayPriority: 0,
  };
}

/**
 * Reads `--network NAME`, or the long form `name=NAME,alias=a,ip=10.0.0.2,ip6=…,mac-address=…,driver-opt=k=v,`
 * `gw-priority=1,link-local-ip=…`, fields in any order.
 * @throws InvalidArgumentError in docker's words
 */
export function parseNetwork(text: string): EndpointSpec {
  if (!text.includes('=')) return plainEndpoint(text.trim());
  let endpoint = plainEndpoint('');
  for (const field of parseCsvLine(text)) {
    const [name, value] = splitPair(field);
    const key = name.trim().toLowerCase();
    if (key === '' || value === undefined) {
      throw new InvalidArgumentError(`invalid field ${field}`);
    }
    endpoint = withField(endpoint, key, value.trim());
  }
  if (endpoint.network !== '') return endpoint;
  throw new InvalidArgumentError('network name/id is not specified');
}

function withField(endpoint: EndpointSpec, key: string, value: string): EndpointSpec {
  switch (key) {
    case 'name':
      return { ...endpoint, network: value };
    case 'alias':
      return { ...endpoint, aliases: [...endpoint.aliases, value] };
    case 'ip':
      return { ...endpoint, ipv4Address: checkedAddress(value, 4) };
    case 'ip6':
      return { ...endpoint, ipv6Address: checkedAddress(withoutBrackets(value), 6) };
    case 'link-local-ip':
      return {
        ...endpoint,
        linkLocalAddresses: [...endpoint.linkLocalAddresses, linkLocal(value)],
      };
    case 'mac-address':
      return { ...endpoint, macAddress: parseMac(value) };
    case 'driver-opt':
      return { ...endpoint, driverOptions: { ...endpoint.driverOptions, ...driverOption(value) } };
    case 'gw-priority':
      return { ...endpoint, gatewayPriority: gatewayPriority(value) };
    default:
      throw new InvalidArgumentError(`invalid field key ${key}`);
  }
}

/** @throws InvalidArgumentError */
export function linkLocal(text: string): string {
  if (addressFamily(text) !== 0) return text;
  throw new InvalidArgumentError(`invalid link-local IP address: ${text}`);
}

/** Reads `KEY=VALUE`. @throws InvalidArgumentError */
export function driverOption(text: string): Record<string, string> {
  const [key, value] = splitPair(text);
  if (key.trim() === '' || value === undefined) {
    throw new InvalidArgumentError('invalid key value pair format in driver options');
  }
  return { [key.trim().toLowerCase()]: value.trim() };
}

function gatewayPriority(text: string): number {
  const value = /^[+-]?[0-9]{1,10}$/.test(text) ? Number(text) : NaN;
  if (value >= -(2 ** 31) && value < 2 ** 31) return value;
  const why = Number.isNaN(value) && !/^[+-]?[0-9]+$/.test(text) ? 'syntax' : 'value out of range';
  throw new InvalidArgumentError(
    `invalid gw-priority (${text}): ${why === 'syntax' ? 'invalid syntax' : why}`,
  );
}
