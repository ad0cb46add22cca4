import {
  FailedPreconditionError,
  InvalidArgumentError,
  printable,
  type EndpointSpec,
} from '@wharf/core';
import { contains, parseAddress, parseCidr } from './address.js';
import type { NetworkRecord } from './records.js';

/** Whether a container can take part in a network as asked; docker's words where it has the same rule. */
export function checkEndpoint(network: NetworkRecord, asked: EndpointSpec): void {
  const fixed = asked.ipv4Address !== '' || asked.ipv6Address !== '';
  if (network.spec.name === 'bridge' && network.builtIn) {
    if (fixed)
      throw new InvalidArgumentError(
        'invalid config for network bridge: user specified IP address is supported on user defined networks only',
      );
    if (asked.aliases.length > 0)
      throw new InvalidArgumentError(
        'invalid config for network bridge: network-scoped aliases are only supported for user-defined networks',
      );
  }
  checkAddress(network, asked.ipv4Address, 4);
  checkAddress(network, asked.ipv6Address, 6);
  for (const alias of asked.aliases) checkName(alias, 'alias');
  for (const address of asked.linkLocalAddresses) parseAddress(address, 'link-local address');
  if (asked.macAddress !== '' && !isMac(asked.macAddress))
    throw new InvalidArgumentError(`invalid MAC address: ${printable(asked.macAddress)}`);
}

function checkAddress(network: NetworkRecord, text: string, family: 4 | 6): void {
  if (text === '') return;
  const address = parseAddress(text, `IPv${family} address`);
  if (address.family !== family)
    throw new InvalidArgumentError(`invalid IPv${family} address: ${printable(text)}`);
  const pools = network.spec.ipam.pools.map(({ subnet }) => parseCidr(subnet));
  if (pools.some((pool) => contains(pool, address))) return;
  throw new FailedPreconditionError(
    `invalid config for network ${network.spec.name}: invalid endpoint settings: no configured subnet contains IP address ${text}`,
  );
}

/** Labels of letters, digits, - and _ with dots between, at most 253 bytes: what a resolver answers for. */
export function checkName(name: string, what: string): void {
  if (
    name.length <= 253 &&
    /^[A-Za-z0-9_]([A-Za-z0-9_-]*)(\.[A-Za-z0-9_]([A-Za-z0-9_-]*))*$/.test(name)
  )
    return;
  throw new InvalidArgumentError(`invalid ${what}: ${printable(name)} is no host name`);
}

/** Six octets, unicast. */
function isMac(text: string): boolean {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) return false;
  return (Number.parseInt(text.slice(0, 2), 16) & 1) === 0;
}
