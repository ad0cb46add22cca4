import { formatCidr, readDestination } from './address.js';
import type { FilterPolicy } from './filter-input.js';

/** ADDRESS[:PORT], CIDR[:PORT], [IPV6]:PORT; undefined for names. */
export function readFixed(entry: string): FilterPolicy['allow'][number] | undefined {
  const { host, port } = splitEntry(entry);
  const cidr = readDestination(host);
  if (cidr === undefined) return undefined;
  return { family: cidr.family, cidr: formatCidr(cidr), port };
}

/** Port 0 is every one. */
export function splitEntry(entry: string): { readonly host: string; readonly port: number } {
  if (entry.startsWith('[')) {
    const close = entry.indexOf(']');
    const port = entry.slice(close + 1);
    return { host: entry.slice(1, close), port: port.startsWith(':') ? Number(port.slice(1)) : 0 };
  }
  const colon = entry.lastIndexOf(':');
  if (colon < 0 || entry.indexOf(':') !== colon) return { host: entry, port: 0 };
  return { host: entry.slice(0, colon), port: Number(entry.slice(colon + 1)) };
}
