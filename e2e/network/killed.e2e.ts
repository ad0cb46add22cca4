import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  makeSpace,
  spaceAddresses,
  startDaemon,
  type Space,
  type TestDaemon,
} from '@wharf/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

const deaths = 20;
const hostAddress = spaceAddresses.host.v4;

let space: Space;
let daemon: TestDaemon;

async function ok(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await daemon.wharf(args);
  expect(code, `${args.join(' ')}: ${stderr}`).toBe(0);
  return stdout.trim();
}

beforeAll(async () => {
  space = await makeSpace();
  daemon = await startDaemon({ space: space.name });
  await ok('image', 'bootstrap', 'busybox');
  await ok('network', 'create', 'one');
  await ok('network', 'create', '--ipv6', 'two');
}, 60_000);

afterAll(async () => {
  await using undo = new AsyncDisposableStack();
  undo.use(space);
  undo.use(daemon);
  await daemon.assertNoLeaks();
}, 60_000);

interface Inspected {
  readonly Id: string;
  readonly State: { readonly Running: boolean };
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly { HostPort: string }[] | null>>;
    readonly Networks: Readonly<Record<string, { IPAddress: string; GlobalIPv6Address: string }>>;
  };
}

async function running(): Promise<readonly Inspected[]> {
  const ids = (await ok('ps', '-aq', '--no-trunc')).split('\n').filter((id) => id !== '');
  if (ids.length === 0) return [];
  const all = JSON.parse(await ok('inspect', ...ids)) as Inspected[];
  return all.filter(({ State }) => State.Running);
}

async function json<T>(...command: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await space.host(command);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as T;
}

interface NftSet {
  readonly map?: { readonly name: string; readonly elem?: readonly unknown[] };
}

/** Ports of the host that the packet filter translates. */
async function filtered(): Promise<readonly string[]> {
  const tables = await json<{ nftables: { table?: { name: string } }[] }>(
    'nft',
    '-j',
    'list',
    'tables',
  );
  const name = tables.nftables
    .flatMap(({ table }) => table?.name ?? [])
    .find((table) => table.startsWith('wharf-'));
  const { nftables } = await json<{ nftables: NftSet[] }>(
    'nft',
    '-j',
    'list',
    'table',
    'inet',
    name ?? '',
  );
  const elements = nftables.flatMap(({ map }) => (map?.name === 'any4' ? (map.elem ?? []) : []));
  return elements
    .map((element) => JSON.stringify(element))
    .map(
      (text) =>
        /"tcp",(\d+)\]\},\{"concat":\["([\d.]+)",(\d+)/.exec(text)?.slice(1).join(' ') ?? text,
    )
    .sort();
}

/** What the kernel has is what the records of running containers say, and nothing else. */
async function compare(): Promise<void> {
  const containers = await running();
  const pins = (await readdir(join(daemon.execRoot, 'netns'))).filter((name) => name.length === 64);
  expect(pins.sort()).toEqual(containers.map(({ Id }) => Id).sort());
  const addresses = containers.flatMap(({ NetworkSettings }) =>
    Object.values(NetworkSettings.Networks).flatMap(({ IPAddress, GlobalIPv6Address }) =>
      [IPAddress, GlobalIPv6Address].filter((address) => address !== ''),
    ),
  );
  expect(new Set(addresses).size).toBe(addresses.length);
  const links = await json<{ ifname: string }[]>('ip', '-j', 'link', 'show', 'type', 'veth');
  const endpoints = containers.flatMap(({ NetworkSettings }) =>
    Object.keys(NetworkSettings.Networks),
  );
  const pairs = links.filter(({ ifname }) => ifname.startsWith('wv'));
  expect(pairs).toHaveLength(endpoints.length);
  const published = containers.flatMap(({ NetworkSettings: { Ports, Networks } }) => {
    const [first = ''] = Object.keys(Networks).sort();
    return Object.entries(Ports).flatMap(([key, bound]) =>
      (bound ?? []).map(
        ({ HostPort }) => `${HostPort} ${Networks[first]?.IPAddress} ${key.split('/')[0]}`,
      ),
    );
  });
  expect(await filtered()).toEqual([...new Set(published)].sort());
}

const verbs = (round: number): readonly (readonly string[])[] => [
  [
    'run',
    '-d',
    '--name',
    `c${round}`,
    '--network',
    'one',
    '-p',
    `${9000 + round}:80`,
    'busybox',
    'sleep',
    '600',
  ],
  ['network', 'connect', 'two', `c${round}`],
  ['network', 'disconnect', 'one', `c${round}`],
  ['run', '--rm', '--name', `r${round}`, '-p', `${9500 + round}:80`, 'busybox', 'true'],
  ['network', 'connect', 'one', `c${round}`],
  ['rm', '-f', `c${round - 1}`],
  ['network', 'disconnect', 'two', `c${round}`],
  ['stop', '-t', '0', `c${round}`],
];

test(`after each of ${deaths} deaths in the middle of it the kernel has what the records say`, async () => {
  for (let round = 1; round <= deaths; round++) {
    const work = (async () => {
      for (const args of verbs(round)) {
        if (daemon.pid === undefined) return;
        await daemon.wharf(args);
      }
    })();
    await sleep(30 + ((round * 97) % 600));
    await daemon.kill9();
    await work;
    await daemon.start();
    await expect.poll(() => compare().then(() => ''), { timeout: 5000, interval: 100 }).toBe('');
  }
}, 300_000);

test('a published port is answered and a name resolved while the daemon is dead and comes back', async () => {
  await ok('network', 'create', 'lasting');
  const serve = 'mkdir /w; echo hello >/w/index.html; exec httpd -f -p 80 -h /w';
  await ok(
    'run',
    '-d',
    '--name',
    'server',
    '--network',
    'lasting',
    '-p',
    '8080:80',
    'busybox',
    'sh',
    '-c',
    serve,
  );
  const ask = `i=0; while [ $i -lt 80 ]; do nslookup server 127.0.0.11 >/dev/null || echo lost; i=$((i+1)); sleep 0.1; done; echo done`;
  await ok('run', '-d', '--name', 'client', '--network', 'lasting', 'busybox', 'sh', '-c', ask);
  let failures = 0;
  const until = performance.now() + 8000;
  const asking = (async () => {
    const url = `http://${hostAddress}:8080/`;
    while (performance.now() < until) {
      const { stdout } = await space.neighbour(['curl', '-s', '-m', '2', url]);
      if (stdout !== 'hello\n') failures += 1;
    }
  })();
  await sleep(1000);
  await daemon.kill9();
  await sleep(4000);
  await daemon.start();
  await asking;
  expect(failures).toBe(0);
  await ok('wait', 'client');
  expect(await ok('logs', 'client')).toBe('done');
}, 60_000);
