import type { ResolverEgress } from '@wharf/api/resolver';
import type { Native } from '@wharf/linux/native';
import type { AddressRecord } from './message.js';

/** Seconds after the end of an answer's life: who looked up in its last moment connects a little later. */
const grace = 15;
const longest = 24 * 3600;
/** Of one container. What was noted first is forgotten first; the packet filter has it all the same. */
const mostRemembered = 4096;

interface Note {
  readonly table: string;
  readonly set: string;
  /** As nft has it. */
  readonly key: string;
  /** Milliseconds of the monotonic clock. */
  readonly until: number;
}

/** Notes addresses of allowed names in the packet filter, and knows them for a table that was written anew. */
export class Permits {
  readonly #native: Native;
  readonly #notes = new Map<string, Map<string, Note>>();
  #filter: ReturnType<Native['nftOpen']> | undefined;

  constructor(native: Native) {
    this.#native = native;
  }

  /** Resolves when packets pass. A set that is no more is nothing to complain of: its container has gone. */
  async add(
    containerId: string,
    egress: ResolverEgress,
    ports: readonly number[],
    addresses: readonly AddressRecord[],
  ): Promise<void> {
    const now = performance.now();
    const notes = addresses
      .filter(({ address }) => isPermissible(address))
      .flatMap(({ address, family, ttl }) =>
        ports.map((port) => ({
          ...elementOf(egress, family, address, port),
          until: now + Math.min(ttl + grace, longest) * 1000,
        })),
      );
    this.#remember(containerId, notes);
    await this.#write(notes);
  }

  /** All that is still alive, once more. */
  async restore(containerId: string): Promise<void> {
    await this.#write([...(this.#notes.get(containerId)?.values() ?? [])]);
  }

  forget(containerId: string): void {
    this.#notes.delete(containerId);
  }

  #remember(containerId: string, notes: readonly Note[]): void {
    const known = this.#notes.get(containerId) ?? new Map<string, Note>();
    this.#notes.set(containerId, known);
    for (const note of notes) {
      const name = `${note.set} ${note.key}`;
      known.delete(name);
      known.set(name, note);
    }
    for (const name of known.keys()) {
      if (known.size <= mostRemembered) break;
      known.delete(name);
    }
  }

  async #write(notes: readonly Note[]): Promise<void> {
    const now = performance.now();
    const commands = notes.flatMap(({ table, set, key, until }) => {
      const seconds = Math.ceil((until - now) / 1000);
      if (seconds <= 0) return [];
      return [`add element inet ${table} ${set} { ${key} timeout ${seconds}s }\n`];
    });
    if (commands.length === 0) return;
    this.#filter ??= this.#native.nftOpen(null);
    const { context } = await this.#filter;
    await this.#native.nftRun(context, commands.join(''), false);
  }
}

function elementOf(
  { table, set4, set6, any4, any6 }: ResolverEgress,
  family: 4 | 6,
  address: string,
  port: number,
): Pick<Note, 'table' | 'set' | 'key'> {
  if (port === 0) return { table, set: family === 4 ? any4 : any6, key: address };
  return { table, set: family === 4 ? set4 : set6, key: `${address} . ${port}` };
}

/**
 * Whether a name can lead there: not to loopback, to the link with its metadata servers, to groups, or to an IPv4 address
 * in disguise (RFC 6890), which whoever serves an allowed name could have it say.
 */
export function isPermissible(address: string): boolean {
  if (!address.includes(':')) {
    const [first = 0, second = 0] = address.split('.').map(Number);
    return first !== 0 && first !== 127 && first < 224 && !(first === 169 && second === 254);
  }
  const groups = address.split(':').map((group) => parseInt(group, 16));
  const [first = 0] = groups;
  if ((first & 0xff00) === 0xff00 || (first & 0xffc0) === 0xfe80) return false;
  return groups.slice(0, 5).some((group) => group !== 0);
}
