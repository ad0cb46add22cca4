import type { ResolverSandbox } from '@wharf/api/resolver';
import { addressBytes } from './message.js';

/** The addresses of a name, by family. */
export interface Found {
  readonly ipv4: readonly Buffer[];
  readonly ipv6: readonly Buffer[];
}

interface Holder {
  readonly containerId: string;
  readonly ipv4: readonly Buffer[];
  readonly ipv6: readonly Buffer[];
}

interface Zone {
  readonly names: Map<string, Holder[]>;
  /** Name by address, in hexadecimal. */
  readonly addresses: Map<string, string>;
}

/** Who asks: what it finds is in its networks. */
export type Asker = Pick<ResolverSandbox, 'networks' | 'links'>;

/** Of all names as programs of the host know them. */
export const hostZone = 'host';
export const hostDomain = 'wharf.internal';

function zonesOf({ networks }: ResolverSandbox): ResolverSandbox['networks'] {
  const known = networks.flatMap(({ hostNames = [], addresses, internal }) =>
    hostNames.length === 0
      ? []
      : [
          {
            networkId: hostZone,
            internal,
            names: hostNames.map((name) => `${name}.${hostDomain}`),
            addresses,
          },
        ],
  );
  return known.length === 0 ? networks : [...networks, ...known];
}

/** Who has which name in which network. */
export class Zones {
  readonly #sandboxes = new Map<string, ResolverSandbox>();
  readonly #zones = new Map<string, Zone>();
  #turn = 0;

  all(): readonly ResolverSandbox[] {
    return [...this.#sandboxes.values()];
  }

  get(containerId: string): ResolverSandbox | undefined {
    return this.#sandboxes.get(containerId);
  }

  put(sandbox: ResolverSandbox): void {
    this.remove(sandbox.containerId);
    this.#sandboxes.set(sandbox.containerId, sandbox);
    for (const network of zonesOf(sandbox)) {
      const zone = this.#zone(network.networkId);
      const bytes = network.addresses.map(addressBytes).filter((each) => each !== undefined);
      const holder = {
        containerId: sandbox.containerId,
        ipv4: bytes.filter((each) => each.length === 4),
        ipv6: bytes.filter((each) => each.length === 16),
      };
      for (const name of network.names) {
        const holders = zone.names.get(name);
        if (holders === undefined) zone.names.set(name, [holder]);
        else holders.push(holder);
      }
      const [first] = network.names;
      if (first !== undefined)
        for (const each of bytes) zone.addresses.set(each.toString('hex'), first);
    }
  }

  remove(containerId: string): void {
    const sandbox = this.#sandboxes.get(containerId);
    if (sandbox === undefined) return;
    this.#sandboxes.delete(containerId);
    for (const { networkId, names, addresses } of zonesOf(sandbox)) {
      const zone = this.#zone(networkId);
      for (const name of names) {
        const left = (zone.names.get(name) ?? []).filter(
          (each) => each.containerId !== containerId,
        );
        if (left.length === 0) zone.names.delete(name);
        else zone.names.set(name, left);
      }
      for (const address of addresses) {
        const key = addressBytes(address)?.toString('hex');
        const named = key === undefined ? undefined : zone.addresses.get(key);
        if (key !== undefined && named === names[0]) zone.addresses.delete(key);
      }
      if (zone.names.size === 0 && zone.addresses.size === 0) this.#zones.delete(networkId);
    }
  }

  /** What a container finds under a name, in the first of its networks that has it; each time another address is first. */
  find({ networks, links = [] }: Asker, asked: string): Found | undefined {
    const name = links.find(({ alias }) => alias === asked)?.name ?? asked;
    for (const { networkId } of networks) {
      const holders = this.#zones.get(networkId)?.names.get(name);
      if (holders === undefined) continue;
      const turn = this.#turn++;
      return {
        ipv4: rotated(
          holders.flatMap((each) => each.ipv4),
          turn,
        ),
        ipv6: rotated(
          holders.flatMap((each) => each.ipv6),
          turn,
        ),
      };
    }
    return undefined;
  }

  /** The name that an address has in one of the container's networks. */
  nameOf({ networks }: Asker, address: Buffer): string | undefined {
    const key = address.toString('hex');
    for (const { networkId } of networks) {
      const name = this.#zones.get(networkId)?.addresses.get(key);
      if (name !== undefined) return name;
    }
    return undefined;
  }

  #zone(networkId: string): Zone {
    const known = this.#zones.get(networkId);
    if (known !== undefined) return known;
    const made: Zone = { names: new Map(), addresses: new Map() };
    this.#zones.set(networkId, made);
    return made;
  }
}

function rotated(all: readonly Buffer[], turn: number): readonly Buffer[] {
  if (all.length < 2) return all;
  const first = turn % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}
