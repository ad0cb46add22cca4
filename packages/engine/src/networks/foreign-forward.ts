import type { CallOptions, Degradation } from '@wharf/core';
import { admissionMark } from './chains.js';
import type { PacketFilterPort } from './ports.js';
import type { Ruleset } from './ruleset.js';

type Json = Readonly<Record<string, unknown>>;

const bit = `0x${admissionMark.toString(16).padStart(8, '0')}`;
const limitMs = 10_000;

/** Where other programs drop what is forwarded, in the families ip and ip6. */
export const foreignTable = 'filter';

export interface ForeignForwardDependencies {
  readonly filter: PacketFilterPort;
  readonly degraded: (degradation: Degradation) => void;
}

/**
 * Other programs (dockerd, firewalld's direct rules, iptables scripts) drop what they do not forward themselves, in the
 * table `ip filter` of iptables-nft. Where they do, one rule lets through what our table admitted: in the chain that
 * Docker leaves to others, else in FORWARD. It is put again whenever it is gone.
 */
export async function letThrough(
  deps: ForeignForwardDependencies,
  { table }: Pick<Ruleset, 'table'>,
): Promise<void> {
  for (const family of ['ip', 'ip6']) {
    const options = { signal: AbortSignal.timeout(limitMs) };
    try {
      await letThroughFamily(deps.filter, family, table, options);
    } catch (error) {
      deps.degraded({
        what: 'published ports and forwarding beside another packet filter',
        why: `the table ${family} filter drops what is forwarded and takes no rule of ours: ${String(error)}`,
      });
    }
  }
}

async function letThroughFamily(
  filter: PacketFilterPort,
  family: string,
  table: string,
  options: CallOptions,
): Promise<void> {
  const listing = await filter.list(family, foreignTable, options);
  const chain = chainFor(listing, table);
  if (chain === undefined) return;
  await filter.apply(
    `insert rule ${family} ${foreignTable} ${chain} meta mark and ${bit} == ${bit} counter accept comment "${table}"\n`,
    options,
  );
}

/** Takes our rules away again. */
export async function withdraw(
  filter: PacketFilterPort,
  { table }: Pick<Ruleset, 'table'>,
  options: CallOptions,
): Promise<void> {
  for (const family of ['ip', 'ip6']) {
    const listing = await filter.list(family, foreignTable, options);
    const script = entriesOf(listing)
      .flatMap(({ rule }) => (isObject(rule) && rule['comment'] === table ? [rule] : []))
      .map(
        ({ chain, handle }) => `delete rule ${family} ${foreignTable} ${chain} handle ${handle}\n`,
      );
    if (script.length > 0) await filter.apply(script.join(''), options);
  }
}

/** Where a rule is missing; undefined when nothing is dropped, or it is there. */
export function chainFor(listing: unknown, comment: string): string | undefined {
  const entries = entriesOf(listing);
  const chains = entries.flatMap(({ chain }) => (isObject(chain) ? [chain] : []));
  const forward = chains.find(({ name }) => name === 'FORWARD');
  const dockerUser = chains.some(({ name }) => name === 'DOCKER-USER');
  if (forward === undefined || (forward['policy'] !== 'drop' && !dockerUser)) return undefined;
  const there = entries.some(({ rule }) => isObject(rule) && rule['comment'] === comment);
  if (there) return undefined;
  return dockerUser ? 'DOCKER-USER' : 'FORWARD';
}

function entriesOf(listing: unknown): readonly Json[] {
  if (!isObject(listing) || !Array.isArray(listing['nftables'])) return [];
  return (listing['nftables'] as readonly unknown[]).filter(isObject);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
