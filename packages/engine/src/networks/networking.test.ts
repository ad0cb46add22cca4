import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  defaultContainerSpec,
  InternalError,
  noNetworking,
  type ContainerId,
  type NetworkingSpec,
  type NetworkSpec,
  type PortSpec,
} from '@wharf/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeTasks } from '../containers/testing/fake-tasks.js';
import { buildHouse, spec, type House } from '../containers/testing/house.js';
import { createNetworks } from './networks.js';
import { plainEndpoint } from './register.js';
import type { NetworkContext } from './context.js';

const options = { signal: AbortSignal.timeout(60_000) };
let tasks: FakeTasks;
let house: House;

beforeEach(async () => {
  tasks = new FakeTasks();
  house = await buildHouse(tasks);
  await house.containers.adopt(options.signal);
});
afterEach(() => house.demolish());

const networks = () => createNetworks(house.networks, house.containers.context);
const context = (): NetworkContext => house.networks.context;

const networkSpec = (name: string, more: Partial<NetworkSpec> = {}): NetworkSpec => ({
  name,
  driver: '',
  internal: false,
  attachable: false,
  ipv4: true,
  ipv6: false,
  labels: {},
  options: {},
  ipam: { driver: '', options: {}, pools: [] },
  ...more,
});

const port = (containerPort: number, more: Partial<PortSpec> = {}): PortSpec => ({
  containerPort,
  protocol: 'tcp',
  hostAddress: '',
  hostPort: 0,
  hostPortEnd: 0,
  ...more,
});

function create(name: string, network: string, networking: Partial<NetworkingSpec> = {}) {
  const base = defaultContainerSpec('busybox');
  return house.containers.create(
    spec({
      name,
      namespaces: { ...base.namespaces, network },
      networking: { ...noNetworking, ...networking },
    }),
    options,
  );
}

async function run(
  name: string,
  network: string,
  networking: Partial<NetworkingSpec> = {},
): Promise<ContainerId> {
  const { id } = await create(name, network, networking);
  await house.containers.start(id, options);
  return id;
}

const sandboxOf = (id: ContainerId) => house.kernel.sandboxes.get(join(house.root, 'netns', id));
const lastScript = () => house.kernel.scripts.at(-1) ?? '';
const hostsOf = (id: ContainerId) => readFile(join(context().etc(id), 'hosts'), 'utf8');

async function end(id: ContainerId): Promise<void> {
  const waiting = house.containers.wait(id, 'next-exit', options);
  tasks.shims.get(id)?.exit(0);
  await waiting;
  // Its release goes on after its end is known; a start of it waits for that.
  while (sandboxOf(id) !== undefined) await new Promise(setImmediate);
}

test('a container on the default bridge has an address, a route and the files that say so', async () => {
  const id = await run('web', 'bridge');
  expect(sandboxOf(id)).toMatchObject({
    interfaces: [{ name: 'eth0', parent: 'wharf0', addresses: ['10.200.0.2/24'] }],
    routes: [{ destination: '0.0.0.0/0', via: '10.200.0.1', interfaceName: 'eth0' }],
  });
  expect(await hostsOf(id)).toContain(`10.200.0.2\t${id.slice(0, 12)}`);
  expect(await readFile(join(context().etc(id), 'resolv.conf'), 'utf8')).toBe(
    'nameserver 192.0.2.53\n',
  );
  const { networks: found, sandboxKey } = await house.containers.get(id, options);
  expect(found).toMatchObject([
    { networkName: 'bridge', ipv4Address: '10.200.0.2', gateway: '10.200.0.1' },
  ]);
  expect(sandboxKey).toBe(join(house.root, 'netns', id));
});

test('the end of the daemon takes the filter and the rules of routing first, whatever the interfaces do', async () => {
  await end(await run('web', 'bridge'));
  house.kernel.failRemoval = new InternalError('no answer of the kernel');
  await expect(house.networks.shutDown()).rejects.toThrow('no answer of the kernel');
  expect(house.kernel.scripts.some((script) => script.includes('\ndelete table inet '))).toBe(true);
  expect(house.kernel.bridges.size).toBe(1);
  house.kernel.failRemoval = undefined;
  house.kernel.failFilter = new InternalError('no answer of the filter');
  await expect(house.networks.shutDown()).rejects.toThrow('no answer of the filter');
  expect(house.kernel.bridges.size).toBe(0);
  house.kernel.failFilter = undefined;
});

test('what the kernel takes too long to remove at the end is named', async () => {
  const over = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort());
  house.kernel.failFilter = new InternalError('no answer of the filter');
  await expect(house.networks.shutDown()).rejects.toMatchObject({
    code: 'deadline-exceeded',
    message: expect.stringMatching(/^the table inet wharf-\w+ of nftables could not be removed/),
  });
  over.mockRestore();
  house.kernel.failFilter = undefined;
});

test('ports come with the start as elements and go with the end', async () => {
  const id = await run('web', 'bridge', { ports: [port(80, { hostPort: 8080 })] });
  expect(lastScript()).toContain('add element');
  expect(lastScript()).toContain('any4 { tcp . 8080 : 10.200.0.2 . 80 }');
  expect((await house.containers.get(id, options)).ports).toEqual([
    { containerPort: 80, protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: 8080 },
  ]);
  await end(id);
  await expect.poll(lastScript).toContain('delete element');
  expect(sandboxOf(id)).toBeUndefined();
  expect((await house.containers.get(id, options)).ports).toEqual([
    { containerPort: 80, protocol: 'tcp', hostAddress: '', hostPort: 0 },
  ]);
});

test('a container that is started again has the address it had, unless somebody else has it', async () => {
  const id = await run('web', 'bridge');
  await end(id);
  await run('other', 'bridge');
  await house.containers.start(id, options);
  expect(sandboxOf(id)?.interfaces[0]?.addresses).toEqual(['10.200.0.2/24']);
});

test('a port that another container has is refused with its name, and nothing stays behind', async () => {
  await run('first', 'bridge', { ports: [port(80, { hostPort: 8080 })] });
  const { id } = await create('second', 'bridge', {
    ports: [port(80, { hostAddress: '127.0.0.1', hostPort: 8080 })],
  });
  await expect(house.containers.start(id, options)).rejects.toThrow(
    /Bind for 127.0.0.1:8080 failed: port is already allocated, by container first/,
  );
  expect(context().records.sandbox(id)?.open).toBe(false);
  expect(sandboxOf(id)).toBeUndefined();
});

test('a port that a process of the host has is refused; a range takes the next free one', async () => {
  house.kernel.taken.add('tcp:8080');
  const { id } = await create('fixed', 'bridge', { ports: [port(80, { hostPort: 8080 })] });
  await expect(house.containers.start(id, options)).rejects.toThrow(/address already in use/);
  const other = await run('range', 'bridge', {
    ports: [port(80, { hostPort: 8080, hostPortEnd: 8082 })],
  });
  expect((await house.containers.get(other, options)).ports).toMatchObject([{ hostPort: 8081 }]);
});

test('-P publishes what is exposed at ports of the kernel’s range', async () => {
  const id = await run('all', 'bridge', { publishAll: true, exposed: ['80', '53/udp'] });
  const { ports } = await house.containers.get(id, options);
  expect(ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`)).toEqual([
    '80/tcp',
    '53/udp',
  ]);
  for (const { hostPort } of ports) expect(hostPort).toBeGreaterThanOrEqual(32_768);
});

test('with the scope loopback a port is bound there alone', async () => {
  const id = await run('near', 'bridge', {
    publishScope: 'loopback',
    ports: [port(80, { hostPort: 8080 })],
  });
  expect((await house.containers.get(id, options)).ports).toMatchObject([
    { hostAddress: '127.0.0.1', hostPort: 8080 },
  ]);
});

test('a namespace that cannot be made fails the start, and its addresses are free again', async () => {
  house.kernel.failSandbox = new InternalError('no namespace');
  const { id } = await create('unlucky', 'bridge', { ports: [port(80, { hostPort: 8080 })] });
  await expect(house.containers.start(id, options)).rejects.toThrow('no namespace');
  expect(context().records.sandbox(id)).toMatchObject({ open: false, bound: [] });
  house.kernel.failSandbox = undefined;
  await run('lucky', 'bridge', { ports: [port(80, { hostPort: 8080 })] });
});

test('containers of a user network have names, aliases and a resolver', async () => {
  await networks().create(networkSpec('net'), options);
  const asked = { ...plainEndpoint('net'), aliases: ['Db'] };
  const id = await run('data', 'net', { endpoints: [asked] });
  const known = ['data', id.slice(0, 12), 'db'];
  expect(house.kernel.names.get(id)).toMatchObject({
    path: join(house.root, 'netns', id),
    networks: [
      {
        internal: false,
        names: [...known.map((name) => `${name}.net`), ...known],
        addresses: ['10.200.1.2'],
      },
    ],
  });
  expect(await readFile(join(context().etc(id), 'resolv.conf'), 'utf8')).toContain('127.0.0.11');
  await house.containers.rename(id, 'renamed', options);
  expect(house.kernel.names.get(id)?.networks[0]?.names[0]).toBe('renamed.net');
});

test('a running container is connected and disconnected, its files keep their inode', async () => {
  await networks().create(networkSpec('net'), options);
  const id = await run('web', 'bridge');
  const before = await stat(join(context().etc(id), 'hosts'));
  await networks().connect('web', { ...plainEndpoint('net'), ipv4Address: '10.200.1.77' }, options);
  expect(sandboxOf(id)?.interfaces.map(({ name }) => name)).toEqual(['eth0', 'eth1']);
  expect(await hostsOf(id)).toContain('10.200.1.77');
  expect((await stat(join(context().etc(id), 'hosts'))).ino).toBe(before.ino);
  await expect(networks().connect('web', plainEndpoint('net'), options)).rejects.toThrow(
    /already exists in network net/,
  );
  await expect(networks().remove('net', options)).rejects.toThrow(/active endpoints/);
  await networks().disconnect('web', 'net', options);
  expect(sandboxOf(id)?.interfaces.map(({ name }) => name)).toEqual(['eth0']);
  expect(await hostsOf(id)).not.toContain('10.200.1.77');
  await networks().remove('net', options);
  expect(house.kernel.bridges.size).toBe(1);
});

test('the default route goes by priority, then by name, and never through an internal network', async () => {
  await networks().create(networkSpec('alpha'), options);
  await networks().create(networkSpec('beta'), options);
  await networks().create(networkSpec('closed', { internal: true }), options);
  const id = await run('web', 'beta', {
    endpoints: [plainEndpoint('beta'), plainEndpoint('alpha'), plainEndpoint('closed')],
  });
  expect(sandboxOf(id)?.routes).toMatchObject([{ via: '10.200.1.1', interfaceName: 'eth1' }]);
  await networks().disconnect('web', 'alpha', options);
  expect(sandboxOf(id)?.routes).toMatchObject([{ via: '10.200.2.1', interfaceName: 'eth0' }]);
  await networks().disconnect('web', 'beta', options);
  expect(sandboxOf(id)?.routes).toEqual([]);
});

test('two families where the network has two', async () => {
  await networks().create(networkSpec('dual', { ipv6: true }), options);
  const id = await run('six', 'dual', { ports: [port(80, { hostPort: 8080 })] });
  const [endpoint] = (await house.containers.get(id, options)).networks;
  expect(endpoint?.ipv6Address).toMatch(/^fd[0-9a-f:]+::2$/);
  expect(
    (await house.containers.get(id, options)).ports.map(({ hostAddress }) => hostAddress),
  ).toEqual(['0.0.0.0', '::']);
});

test('networks do not overlap with each other or with what the host has inside', async () => {
  house.kernel.routes = [
    { destination: '10.200.1.0/24', interfaceName: 'eth0' },
    { destination: '0.0.0.0/0', interfaceName: 'eth0' },
  ];
  const { id } = await networks().create(networkSpec('free'), options);
  expect((await networks().get(id, options)).spec.ipam.pools).toMatchObject([
    { subnet: '10.200.2.0/24', gateway: '10.200.2.1' },
  ]);
  const pools = (subnet: string) => ({
    ipam: {
      driver: '',
      options: {},
      pools: [{ subnet, ipRange: '', gateway: '', auxAddresses: {} }],
    },
  });
  await expect(
    networks().create(networkSpec('twice', pools('10.200.2.0/25')), options),
  ).rejects.toThrow(/Pool overlaps with other one/);
  await expect(
    networks().create(networkSpec('wide', pools('10.200.0.0/16')), options),
  ).rejects.toThrow(/overlaps/);
});

test('a macvlan has the subnet of the interface that it is on, and no bridge', async () => {
  house.kernel.routes = [{ destination: '192.0.2.0/24', interfaceName: 'lan0' }];
  const pools = [{ subnet: '192.0.2.0/24', ipRange: '', gateway: '192.0.2.254', auxAddresses: {} }];
  const lan = { driver: 'macvlan', ipam: { driver: '', options: {}, pools } };
  await expect(networks().create(networkSpec('lan', lan), options)).rejects.toThrow(/parent=NAME/);
  await networks().create(networkSpec('lan', { ...lan, options: { parent: 'lan0' } }), options);
  const id = await run('phone', 'lan', { ports: [port(80, { hostPort: 8080 })] });
  expect(sandboxOf(id)).toMatchObject({
    interfaces: [{ kind: 'macvlan', parent: 'lan0', mode: 'bridge', addresses: ['192.0.2.1/24'] }],
    routes: [{ via: '192.0.2.254' }],
  });
  expect((await house.containers.get(id, options)).ports).toMatchObject([{ hostPort: 0 }]);
});

test('what is built in cannot be made or removed', async () => {
  for (const name of ['bridge', 'host', 'none']) {
    await expect(networks().remove(name, options)).rejects.toThrow(/pre-defined/);
    await expect(networks().create(networkSpec(name), options)).rejects.toThrow(/predefined/);
  }
  await expect(networks().create(networkSpec('x/y'), options)).rejects.toThrow(
    /invalid network name/,
  );
  await expect(
    networks().create(networkSpec('far', { driver: 'overlay' }), options),
  ).rejects.toThrow(/could not find plugin overlay/);
});

test('fixed addresses and aliases are for user networks', async () => {
  const asked = { ...plainEndpoint('bridge'), ipv4Address: '10.200.0.9' };
  await expect(create('a-fixed', 'bridge', { endpoints: [asked] })).rejects.toThrow(
    /user defined networks only/,
  );
  await expect(create('nowhere', 'missing')).rejects.toMatchObject({ code: 'not-found' });
});

test('egress that is denied has a chain, and a resolver that may fill it', async () => {
  const egress = { default: 'deny', allow: ['example.com:443', '192.0.2.0/24'] } as const;
  const id = await run('caged', 'bridge', { egress });
  const name = id.slice(0, 12);
  expect(lastScript()).toContain(`egress4 { 10.200.0.2 : jump policy_${name} }`);
  expect(lastScript()).toContain('ip daddr 192.0.2.0/24 return');
  expect(house.kernel.names.get(id)?.egress).toMatchObject({
    denied: true,
    names: [{ pattern: 'example.com', port: 443 }],
    set4: `allow4_${name}`,
  });
});

test('what a killed daemon left running is as it was for the next one', async () => {
  await networks().create(networkSpec('net'), options);
  const id = await run('web', 'net', { ports: [port(80, { hostPort: 8080 })] });
  const before = await house.containers.get(id, options);
  house = await house.restart();
  await house.containers.adopt(options.signal);
  const after = await house.containers.get(id, options);
  expect({ networks: after.networks, ports: after.ports }).toEqual({
    networks: before.networks,
    ports: before.ports,
  });
  expect(lastScript()).toContain('tcp . 8080 : 10.200.1.2 . 80');
  expect([...house.kernel.names.keys()]).toEqual([id]);
});

test('a change of networks that a death interrupted is finished', async () => {
  await networks().create(networkSpec('net'), options);
  const id = await run('web', 'bridge');
  const before = sandboxOf(id);
  await networks().connect('web', plainEndpoint('net'), options);
  const path = join(house.root, 'netns', id);
  if (before !== undefined) house.kernel.sandboxes.set(path, before);
  house = await house.restart();
  expect(await house.containers.adopt(options.signal)).toEqual([
    'container web: an interrupted change of its networks was finished',
  ]);
  expect(sandboxOf(id)?.interfaces.map(({ name }) => name)).toEqual(['eth0', 'eth1']);
  expect(await hostsOf(id)).toMatch(/10\.200\.0\.2\t.*\n10\.200\.1\.2\t/);
});

test('a start that a death interrupted before it wrote names is mended without them', async () => {
  await networks().create(networkSpec('net'), options);
  const id = await run('web', 'bridge');
  const before = sandboxOf(id);
  await networks().connect('web', plainEndpoint('net'), options);
  if (before !== undefined) house.kernel.sandboxes.set(join(house.root, 'netns', id), before);
  await rm(join(context().etc(id), 'hosts'));
  house = await house.restart();
  expect(await house.containers.adopt(options.signal)).toEqual([
    'container web: an interrupted change of its networks was finished',
  ]);
});

test('what the kernel has and no record names is removed', async () => {
  const stray = 'a'.repeat(64) as ContainerId;
  await mkdir(join(house.root, 'netns', stray), { recursive: true });
  const owner = `wharf:test:${stray}`;
  const bridge = { mtu: 1500, addresses: [], isolated: false, ipv6: false };
  house.kernel.bridges.set('wvstray', { ...bridge, name: 'wvstray', owner });
  house = await house.restart();
  const recovery = await house.containers.adopt(options.signal);
  expect(house.kernel.bridges.has('wvstray')).toBe(false);
  expect(recovery.join()).toMatch(/network namespace .* was left over/);
});

test('a table that somebody else has changed is written anew', async () => {
  const id = await run('web', 'bridge', { ports: [port(80, { hostPort: 8080 })] });
  house.kernel.listing = undefined;
  expect(await house.networks.verify()).toBe(false);
  expect(lastScript()).toContain('delete table inet');
  expect(lastScript()).toContain('tcp . 8080');
  await end(id);
});
