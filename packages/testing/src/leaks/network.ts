import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../run.js';
import type { RunResult } from '../run.js';
import { inNamespace } from '../space.js';
import type { Leak, LeakScope } from './scope.js';

interface Link {
  readonly ifname: string;
  readonly master?: string;
  readonly ifalias?: string;
}

interface Rule {
  readonly priority: number;
  readonly dst?: string;
  readonly dstlen?: number;
  readonly iif?: string;
}

interface NftObject {
  readonly table?: { readonly family: string; readonly name: string };
}

/** Where the daemons of a scope have written who they are. */
async function daemonIds(scope: LeakScope): Promise<readonly string[]> {
  const files = scope.roots.map((root) => readFile(join(root, 'daemon-id'), 'utf8'));
  const found = await Promise.all(files.map((file) => file.catch(() => '')));
  return found.map((id) => id.trim()).filter((id) => id !== '');
}

/** Where the daemon runs. */
function there(scope: LeakScope, ...command: string[]): Promise<RunResult> {
  const [program = '', ...args] = inNamespace(scope.space, command);
  return run(program, args);
}

async function json<T>(scope: LeakScope, command: string[], none: T): Promise<T> {
  const { code, stdout } = await there(scope, ...command);
  return code === 0 && stdout !== '' ? (JSON.parse(stdout) as T) : none;
}

async function ownLinks(scope: LeakScope, ids: readonly string[]): Promise<readonly Link[]> {
  const found = await json<Link[]>(scope, ['ip', '-j', 'link', 'show'], []);
  return found.filter(
    ({ ifname, master, ifalias = '' }) =>
      [ifname, ifalias].some((name) => name.includes(scope.id)) ||
      ids.some((id) => ifalias.startsWith(`wharf:${id}:`)) ||
      (scope.bridge !== undefined && (ifname === scope.bridge || master === scope.bridge)),
  );
}

/** As the daemon names its table: by its id. */
async function ownTables(scope: LeakScope, ids: readonly string[]): Promise<readonly string[]> {
  const none = { nftables: [] as NftObject[] };
  const { nftables } = await json(scope, ['nft', '-j', 'list', 'tables'], none);
  const names = ids.map(
    (id) => `wharf-${createHash('sha256').update(id).digest('hex').slice(0, 8)}`,
  );
  return nftables.flatMap(({ table }) =>
    table !== undefined && (names.includes(table.name) || table.name.includes(scope.id))
      ? [`${table.family} ${table.name}`]
      : [],
  );
}

/** Rules of routing for the bridges of the scope, and for subnets that such rules name. */
async function ownRules(links: readonly Link[], scope: LeakScope): Promise<readonly string[]> {
  const names = new Set(links.map(({ ifname }) => ifname));
  if (scope.bridge !== undefined) names.add(scope.bridge);
  const rules: string[] = [];
  for (const family of ['-4', '-6']) {
    const found = await json<Rule[]>(scope, ['ip', '-j', family, 'rule', 'show'], []);
    const ours = found.filter(({ iif }) => iif !== undefined && names.has(iif));
    const subnets = new Set(ours.map(({ dst, dstlen }) => `${dst}/${dstlen}`));
    for (const rule of found.filter(
      (rule) => ours.includes(rule) || subnets.has(`${rule.dst}/${rule.dstlen}`),
    ))
      rules.push(`${family} priority ${rule.priority} to ${rule.dst}/${rule.dstlen}`);
  }
  return rules;
}

async function namedNamespaces(scope: LeakScope): Promise<Leak[]> {
  const found = await json<{ name: string }[]>(scope, ['ip', '-j', 'netns', 'list'], []);
  return found
    .filter(({ name }) => name.includes(scope.id))
    .map(({ name }) => ({ kind: 'network namespace', what: name }));
}

/** Links of the host, nft tables, rules of routing and named network namespaces that belong to the scope's daemon. */
export async function leakedNetwork(scope: LeakScope): Promise<Leak[]> {
  const ids = await daemonIds(scope);
  const links = await ownLinks(scope, ids);
  const tables = await ownTables(scope, ids);
  const rules = await ownRules(links, scope);
  return [
    links.map((link): Leak => ({ kind: 'link', what: JSON.stringify(link) })),
    tables.map((what): Leak => ({ kind: 'nft table', what })),
    rules.map((what): Leak => ({ kind: 'routing rule', what })),
    await namedNamespaces(scope),
  ].flat();
}

/** Takes away what a daemon that was killed has left; its processes have ended. */
export async function sweepNetwork(scope: LeakScope): Promise<void> {
  const ids = await daemonIds(scope);
  const links = await ownLinks(scope, ids);
  for (const rule of await ownRules(links, scope)) {
    const [family = '', ...words] = rule.split(' ');
    await there(scope, 'ip', family, 'rule', 'delete', ...words);
  }
  for (const table of await ownTables(scope, ids)) {
    await there(scope, 'nft', 'delete', 'table', ...table.split(' '));
  }
  for (const { ifname } of links) await there(scope, 'ip', 'link', 'delete', ifname);
  for (const root of scope.roots) await unpin(join(root, 'netns'));
}

async function unpin(directory: string): Promise<void> {
  const files = await readdir(directory).catch(() => []);
  for (const file of files) await run('umount', ['-l', join(directory, file)]);
  if ((await run('mountpoint', ['-q', directory])).code === 0)
    await run('umount', ['-l', directory]);
}
