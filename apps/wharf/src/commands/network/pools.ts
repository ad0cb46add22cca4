import { InvalidArgumentError, type IpamPool } from '@wharf/core';
import { keyValues } from '../spec/key-values.js';
import { contains, readCidr, type Cidr } from './cidr.js';

export interface PoolFlags {
  readonly subnet: readonly string[];
  readonly ipRange: readonly string[];
  readonly gateway: readonly string[];
  readonly auxAddress: readonly string[];
}

interface Draft {
  readonly subnet: string;
  readonly cidr: Cidr;
  ipRange: string;
  gateway: string;
  readonly auxAddresses: Record<string, string>;
}

/**
 * The pools of a network: ranges, gateways and further addresses belong to the subnet that they lie in.
 * @throws InvalidArgumentError in docker's words
 */
export function poolsOf(flags: PoolFlags): IpamPool[] {
  const [subnets, ranges, gateways] = [flags.subnet, flags.ipRange, flags.gateway].map(parts) as [
    string[],
    string[],
    string[],
  ];
  if (subnets.length < ranges.length || subnets.length < gateways.length) {
    throw new InvalidArgumentError('every ip-range or gateway must have a corresponding subnet');
  }
  const drafts = draftsOf(subnets);
  for (const range of ranges) {
    const draft = holder(drafts, range, 'range');
    if (draft.ipRange !== '') throw twice('ranges', draft.ipRange, range, draft, 'on');
    draft.ipRange = range;
  }
  for (const gateway of gateways) {
    const draft = holder(drafts, gateway, 'gateway');
    if (draft.gateway !== '') throw twice('gateways', draft.gateway, gateway, draft, 'for');
    draft.gateway = gateway;
  }
  for (const [name, address] of Object.entries(keyValues(flags.auxAddress))) {
    holder(drafts, address, 'aux-address').auxAddresses[name] = address;
  }
  return drafts.map(({ cidr: _, ...pool }) => pool);
}

/** A flag that may be repeated takes several with commas too. */
function parts(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(',')).map((text) => text.trim());
}

function draftsOf(subnets: readonly string[]): Draft[] {
  const drafts: Draft[] = [];
  for (const subnet of subnets) {
    const cidr = subnet.includes('/') ? readCidr(subnet) : undefined;
    if (cidr === undefined) {
      throw new InvalidArgumentError(`invalid subnet ${subnet} : invalid CIDR address: ${subnet}`);
    }
    if (drafts.some((other) => contains(other.cidr, cidr) || contains(cidr, other.cidr))) {
      throw new InvalidArgumentError('multiple overlapping subnet configuration is not supported');
    }
    drafts.push({ subnet, cidr, ipRange: '', gateway: '', auxAddresses: {} });
  }
  return drafts;
}

function holder(drafts: readonly Draft[], text: string, what: string): Draft {
  const cidr = readCidr(text);
  const found = cidr === undefined ? undefined : drafts.find((one) => contains(one.cidr, cidr));
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`no matching subnet for ${what} ${text}`);
}

function twice(what: string, first: string, second: string, draft: Draft, word: string) {
  return new InvalidArgumentError(
    `cannot configure multiple ${what} (${second}, ${first}) ${word} the same subnet (${draft.subnet})`,
  );
}
