import { createHash } from 'node:crypto';
import { FailedPreconditionError, type CallOptions } from '@wharf/core';
import type { BridgeSpec } from '@wharf/engine/ports';
import { addAddress, decodeAddress, deleteAddress, getAddresses } from '../netlink/address.js';
import { errnoOf } from '../netlink/errors.js';
import { parsePrefix, prefixText } from '../netlink/ip.js';
import { changeLink, createBridge, type Link } from '../netlink/link.js';
import type { HostLink } from './host-link.js';
import { missingSetting } from './setting.js';

const linkScope = 253;

/**
 * The bridge as it shall be. One of ours loses addresses that it shall not have; one that somebody else made (another
 * ifalias) keeps its own and its mtu.
 */
export async function ensureBridge(
  host: HostLink,
  spec: BridgeSpec,
  options: CallOptions,
): Promise<void> {
  const found = await host.find(spec.name, options);
  if (found !== undefined && found.kind !== 'bridge') {
    const kind = found.kind === '' ? 'no bridge' : `a ${found.kind}, no bridge`;
    throw new FailedPreconditionError(
      `interface ${spec.name} is ${kind}: choose another name for the network's bridge`,
    );
  }
  const bridge = found ?? (await create(host, spec, options));
  const ours = bridge.alias === spec.owner;
  await host.settings(ipv6Settings(spec), [missingSetting]);
  const index = bridge.index;
  await host.run(
    [
      changeLink(
        ours ? { index, mtu: spec.mtu, alias: spec.owner, up: true } : { index, up: true },
      ),
      ...(await addressChanges(host, index, spec, ours, options)),
    ],
    { ...options, tolerated: ['EADDRNOTAVAIL'] },
  );
}

async function create(host: HostLink, spec: BridgeSpec, options: CallOptions): Promise<Link> {
  const { name, mtu, owner } = spec;
  const { refusals } = await host.ask(
    [createBridge({ name, mtu, mac: macOf(spec) }), changeLink({ name, alias: owner })],
    options,
  );
  const [refused] = refusals.values();
  const made = await host.find(name, options);
  if (made !== undefined && (refused === undefined || errnoOf(refused) === 'EEXIST')) return made;
  throw new FailedPreconditionError(
    `bridge ${name} cannot be made: ${refused?.message ?? 'it went'}`,
    {
      cause: refused,
    },
  );
}

/** The same each time, so that neighbours' tables stay right when a lost bridge comes back; locally administered. */
function macOf({ owner, name }: BridgeSpec): string {
  const hash = createHash('sha256').update(`${owner}\0${name}`).digest('hex');
  return `02:${(hash.slice(0, 10).match(/../g) ?? []).join(':')}`;
}

/**
 * No address of its own making comes before these, since the bridge is not up yet (R12). It does not look for another
 * who has its addresses: until that is over, for two seconds, nothing is forwarded to who is not known yet.
 */
function ipv6Settings({ name, ipv6 }: BridgeSpec): (readonly [string, string])[] {
  const path = `net/ipv6/conf/${name}`;
  return [
    [`${path}/accept_ra`, '0'],
    [`${path}/accept_dad`, '0'],
    [`${path}/disable_ipv6`, ipv6 ? '0' : '1'],
  ];
}

async function addressChanges(
  host: HostLink,
  index: number,
  { addresses }: BridgeSpec,
  ours: boolean,
  options: CallOptions,
): Promise<ReturnType<typeof addAddress>[]> {
  const wanted = addresses.map((address) => prefixText(parsePrefix(address)));
  const messages = await host.run([getAddresses()], options);
  const there = messages
    .map(decodeAddress)
    .filter((each) => each?.index === index && each.scope !== linkScope)
    .map((each) => each?.address ?? '');
  const extra = ours ? there.filter((address) => !wanted.includes(address)) : [];
  return [
    ...wanted.filter((address) => !there.includes(address)).map((each) => addAddress(index, each)),
    ...extra.map((address) => deleteAddress(index, address)),
  ];
}
