import { run } from '../run.js';
import type { Leak, LeakScope } from './scope.js';

interface Link {
  readonly ifname: string;
  readonly master?: string;
  readonly ifalias?: string;
}

interface NftObject {
  readonly table?: { readonly family: string; readonly name: string };
}

async function json<T>(command: string, args: string[], none: T): Promise<T> {
  const { code, stdout } = await run(command, args);
  return code === 0 && stdout !== '' ? (JSON.parse(stdout) as T) : none;
}

async function links(scope: LeakScope): Promise<Leak[]> {
  const found = await json<Link[]>('ip', ['-j', 'link', 'show'], []);
  const isOurs = ({ ifname, master, ifalias }: Link): boolean =>
    [ifname, ifalias ?? ''].some((name) => name.includes(scope.id)) ||
    (scope.bridge !== undefined && (ifname === scope.bridge || master === scope.bridge));
  return found.filter(isOurs).map((link) => ({ kind: 'link', what: JSON.stringify(link) }));
}

async function tables(scope: LeakScope): Promise<Leak[]> {
  const none = { nftables: [] as NftObject[] };
  const { nftables } = await json('nft', ['-j', 'list', 'tables'], none);
  return nftables.flatMap(({ table }) => {
    const isOurs =
      table !== undefined &&
      (table.name.includes(scope.id) ||
        (scope.bridge !== undefined && table.name.startsWith(scope.bridge)));
    return isOurs ? [{ kind: 'nft table' as const, what: `${table.family} ${table.name}` }] : [];
  });
}

async function namedNamespaces(scope: LeakScope): Promise<Leak[]> {
  const found = await json<{ name: string }[]>('ip', ['-j', 'netns', 'list'], []);
  return found
    .filter(({ name }) => name.includes(scope.id))
    .map(({ name }) => ({ kind: 'network namespace', what: name }));
}

/** Links of the host, nft tables and named network namespaces that carry the scope's id or belong to its bridge. */
export async function leakedNetwork(scope: LeakScope): Promise<Leak[]> {
  return [await links(scope), await tables(scope), await namedNamespaces(scope)].flat();
}
