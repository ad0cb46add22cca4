import type { ResolverEgress, ResolverSandbox } from '@wharf/api/resolver';
import {
  encodeName,
  parseQuery,
  readAddresses,
  recordType,
  responseCode,
  reverseAddress,
  writeAnswer,
  writeRefusal,
  type AddressRecord,
  type AnswerRecord,
  type Query,
} from './message.js';
import { hostDomain, hostZone, type Asker, type Zones } from './zones.js';

/** Seconds. Short, because containers come and go. */
const ttl = 5;
const largestOverTcp = 65_535;

export interface Resolving {
  readonly zones: Zones;
  /** A name that a policy does not let a container look up. */
  refused?(sandbox: ResolverSandbox, name: string): void;
  /** Asks the servers of the container; undefined when none has answered. */
  forward(
    sandbox: ResolverSandbox,
    message: Buffer,
    query: Query,
    overTcp: boolean,
  ): Promise<Buffer | undefined>;
  /** Addresses that a container may reach from now on. Resolves when it can. */
  permit(
    sandbox: ResolverSandbox,
    egress: ResolverEgress,
    ports: readonly number[],
    addresses: readonly AddressRecord[],
  ): Promise<void>;
}

/** The answer to one message of one container, or undefined when it deserves none. */
export function answer(
  resolving: Resolving,
  sandbox: ResolverSandbox,
  message: Buffer,
  overTcp: boolean,
): Buffer | undefined | Promise<Buffer | undefined> {
  const parsed = parseQuery(message);
  if (parsed.kind === 'drop') return undefined;
  if (parsed.kind === 'refuse') return writeRefusal(message, parsed.code);
  const { query } = parsed;
  const limit = overTcp ? largestOverTcp : query.payload;
  const own = ownRecords(resolving.zones, sandbox, query);
  if (own !== undefined) {
    return writeAnswer(message, query, { code: responseCode.ok, records: own, limit });
  }
  if (sandbox.networks.every(({ internal }) => internal)) {
    return writeAnswer(message, query, { code: responseCode.noName, limit });
  }
  return forwarded(resolving, sandbox, message, query, overTcp);
}

/** What our networks say; an empty list for a name of ours without such a record, undefined for names of others. */
function ownRecords(
  zones: Zones,
  sandbox: Asker,
  { name, type, class: asked }: Query,
): AnswerRecord[] | undefined {
  if (asked !== 1) return undefined;
  if (type === recordType.ptr) {
    const address = reverseAddress(name);
    const owner = address === undefined ? undefined : zones.nameOf(sandbox, address);
    return owner === undefined ? undefined : [{ type, ttl, data: encodeName(owner) }];
  }
  const found = zones.find(sandbox, name);
  if (found === undefined) return undefined;
  const records: AnswerRecord[] = [];
  const any = type === recordType.any;
  if (any || type === recordType.a)
    for (const data of found.ipv4) records.push({ type: recordType.a, ttl, data });
  if (any || type === recordType.aaaa)
    for (const data of found.ipv6) records.push({ type: recordType.aaaa, ttl, data });
  return records;
}

const host: Asker = {
  networks: [{ networkId: hostZone, internal: true, names: [], addresses: [] }],
};

/** The answer to a program of the host: names below wharf.internal and addresses of containers, and nothing else. */
export function answerHost(zones: Zones, message: Buffer, overTcp: boolean): Buffer | undefined {
  const parsed = parseQuery(message);
  if (parsed.kind === 'drop') return undefined;
  if (parsed.kind === 'refuse') return writeRefusal(message, parsed.code);
  const { query } = parsed;
  const limit = overTcp ? largestOverTcp : query.payload;
  const records = ownRecords(zones, host, query);
  if (records !== undefined)
    return writeAnswer(message, query, { code: responseCode.ok, records, limit });
  if (query.name === hostDomain)
    return writeAnswer(message, query, { code: responseCode.ok, limit });
  const ours = query.name.endsWith(`.${hostDomain}`);
  return writeAnswer(message, query, {
    code: ours ? responseCode.noName : responseCode.refused,
    limit,
  });
}

async function forwarded(
  resolving: Resolving,
  sandbox: ResolverSandbox,
  message: Buffer,
  query: Query,
  overTcp: boolean,
): Promise<Buffer | undefined> {
  const limit = overTcp ? largestOverTcp : query.payload;
  const { egress } = sandbox;
  const ports = egress === undefined ? [] : allowedPorts(egress, query.name);
  if (egress?.denied === true && ports.length === 0) {
    resolving.refused?.(sandbox, query.name);
    return writeAnswer(message, query, { code: responseCode.refused, limit });
  }
  const response = await resolving.forward(sandbox, message, query, overTcp);
  if (response === undefined) {
    return writeAnswer(message, query, { code: responseCode.failure, limit });
  }
  if (egress !== undefined && ports.length > 0) {
    await resolving.permit(sandbox, egress, ports, readAddresses(response, query.end));
  }
  return response;
}

/** Ports that a name may be reached at; 0 is any. */
export function allowedPorts({ names }: ResolverEgress, name: string): number[] {
  const matching = names.filter(({ pattern }) => matches(pattern, name));
  return matching.map(({ port }) => port);
}

function matches(pattern: string, name: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === name;
  return name.endsWith(pattern.slice(1)) && name.length > pattern.length - 1;
}
