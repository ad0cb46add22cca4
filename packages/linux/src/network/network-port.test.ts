import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { CancelledError } from '@wharf/core';
import type { InterfaceSpec, RouteRule, SandboxSpec } from '@wharf/engine/ports';
import { buildAndLoad, ended } from '../../native/fixture.js';
import { createNetworkPort } from './network-port.js';
import { createLab, type Lab } from './testing/lab.js';

type Row = Record<string, string | number | object | undefined>;

const native = buildAndLoad();
const options = { signal: AbortSignal.timeout(60_000) };
let lab: Lab;

beforeAll(async () => {
  lab = await createLab(native);
  await bridge('wbr0');
});
afterAll(() => lab[Symbol.asyncDispose]());

function bridge(name: string, more: object = {}): Promise<void> {
  return lab.network.ensureBridge(
    {
      name,
      mtu: 1500,
      addresses: ['10.90.0.1/24'],
      isolated: false,
      owner: `test net ${name}`,
      ipv6: false,
      ...more,
    },
    options,
  );
}

function veth(more: Partial<InterfaceSpec> = {}): InterfaceSpec {
  return {
    kind: 'bridge',
    parent: 'wbr0',
    mode: '',
    name: 'eth0',
    hostName: 'wv0',
    macAddress: '02:42:0a:5a:00:02',
    mtu: 1500,
    addresses: ['10.90.0.2/24'],
    isolated: false,
    ipv6: false,
    sysctls: {},
    ...more,
  };
}

function sandbox(id: string, address = '10.90.0.2'): SandboxSpec {
  return {
    containerId: id,
    interfaces: [veth({ hostName: `v${id}`, addresses: [`${address}/24`] })],
    routes: [{ destination: 'default', via: '10.90.0.1', interfaceName: 'eth0' }],
  };
}

function destinations(where: string): string[] {
  return json(where, 'route')
    .map(({ dst, gateway }) => (gateway === undefined ? `${dst}` : `${dst} via ${gateway}`))
    .toSorted((a, b) => Number(b.startsWith('default')) - Number(a.startsWith('default')));
}

function addressesOf(name: string): string[] {
  const [link] = json('host', '-4', 'addr', 'show', name) as { addr_info: { local: string }[] }[];
  return (link?.addr_info ?? []).map(({ local }) => local).toSorted();
}

const json = (where: string, ...argv: string[]): Row[] =>
  JSON.parse(lab.inside(where, 'ip', '-j', '-d', ...argv)) as Row[];

test('a sandbox has its interface, address and route, and talks to the gateway', async () => {
  const path = lab.path('one');
  expect(lab.network.sandboxExists(path)).toBe(false);
  await lab.network.createSandbox(path, sandbox('one'), options);
  expect(lab.network.sandboxExists(path)).toBe(true);
  expect(json(path, 'addr', 'show', 'eth0')).toMatchObject([
    {
      ifname: 'eth0',
      address: '02:42:0a:5a:00:02',
      mtu: 1500,
      operstate: 'UP',
      addr_info: [{ local: '10.90.0.2', prefixlen: 24, broadcast: '10.90.0.255' }],
    },
  ]);
  expect(json(path, 'route')).toMatchObject([
    { dst: 'default', gateway: '10.90.0.1', dev: 'eth0' },
    { dst: '10.90.0.0/24', dev: 'eth0' },
  ]);
  expect(json(path, 'addr', 'show', 'lo')[0]?.['flags']).toContain('UP');
  expect(lab.inside(path, 'cat', '/proc/sys/net/ipv6/conf/eth0/disable_ipv6')).toBe('1\n');
  const [end] = json('host', 'link', 'show', 'vone');
  expect(end).toMatchObject({ master: 'wbr0', ifalias: 'one', operstate: 'UP' });
  expect(lab.inside(path, 'busybox', 'ping', '-c1', '-W2', '10.90.0.1')).toContain(
    '1 packets received',
  );
  await lab.network.removeSandbox(path, options);
  await lab.network.removeSandbox(path, options);
  expect(lab.network.sandboxExists(path)).toBe(false);
});

test('a sandbox that exists gets what it lacks and keeps the rest', async () => {
  const path = lab.path('again');
  const { interfaces, routes } = sandbox('again', '10.90.0.3');
  await lab.network.createSandbox(
    path,
    { containerId: 'again', interfaces: [], routes: [] },
    options,
  );
  const inode = statSync(path).ino;
  for (let round = 0; round < 2; round++) {
    await lab.network.createSandbox(path, { containerId: 'again', interfaces, routes }, options);
  }
  expect(statSync(path).ino).toBe(inode);
  expect(json(path, 'addr', 'show', 'eth0')).toMatchObject([
    { addr_info: [{ local: '10.90.0.3', prefixlen: 24 }] },
  ]);
});

test('a container that is started again at once gets its old names and addresses', async () => {
  const path = lab.path('restart');
  for (let round = 0; round < 5; round++) {
    await lab.network.createSandbox(path, sandbox('restart', '10.90.0.4'), options);
    expect(lab.inside(path, 'busybox', 'ping', '-c1', '-W2', '10.90.0.1')).toContain('1 packets');
    await lab.network.removeSandbox(path, options);
  }
});

test('a failed sandbox leaves neither a pin nor an interface', async () => {
  const path = lab.path('failed');
  const good = sandbox('failed', '10.90.0.5');
  const twice = [...good.interfaces, { ...veth(), hostName: 'vfailed2' }];
  await expect(
    lab.network.createSandbox(path, { ...good, interfaces: twice }, options),
  ).rejects.toMatchObject({ code: 'already-exists' });
  const routes = [{ destination: 'default', via: '172.31.0.1', interfaceName: 'eth0' }];
  await expect(lab.network.createSandbox(path, { ...good, routes }, options)).rejects.toMatchObject(
    { message: expect.stringContaining('route to default via 172.31.0.1') },
  );
  const parent = [{ ...veth(), parent: 'nobridge' }];
  await expect(
    lab.network.createSandbox(path, { ...good, interfaces: parent }, options),
  ).rejects.toMatchObject({ code: 'not-found' });
  expect(lab.network.sandboxExists(path)).toBe(false);
  await expect
    .poll(() => json('host', 'link').filter(({ ifname }) => String(ifname).startsWith('vfailed')))
    .toEqual([]);
});

test('interfaces come and go while the sandbox is in use, with the routes that it shall have', async () => {
  const path = lab.path('live');
  await bridge('wbr1', { addresses: ['10.91.0.1/24'] });
  await lab.network.createSandbox(path, sandbox('live', '10.90.0.6'), options);
  lab.inside(path, 'ip', 'route', 'add', '10.99.0.0/16', 'via', '10.90.0.77');
  const spec = veth({
    parent: 'wbr1',
    name: 'eth1',
    hostName: 'vlive1',
    alias: 'own live',
    macAddress: '02:42:0a:5b:00:06',
    addresses: ['10.91.0.6/24'],
    sysctls: { 'net.ipv4.conf.IFNAME.log_martians': '1' },
  });
  const wrong = [{ destination: 'default', via: '172.31.0.1', interfaceName: 'eth1' }];
  await expect(lab.network.addInterface(path, spec, wrong, options)).rejects.toThrow(/172.31.0.1/);
  expect(json(path, 'link').map(({ ifname }) => ifname)).toEqual(['lo', 'eth0']);
  const routes = [
    { destination: '192.168.77.0/24', via: '', interfaceName: 'eth1' },
    { destination: 'default', via: '10.91.0.1', interfaceName: 'eth1' },
  ];
  for (let round = 0; round < 2; round++) {
    await lab.network.addInterface(path, spec, routes, options);
  }
  expect(destinations(path)).toEqual([
    'default via 10.91.0.1',
    '10.90.0.0/24',
    '10.91.0.0/24',
    '10.99.0.0/16 via 10.90.0.77',
    '192.168.77.0/24',
  ]);
  expect(lab.inside(path, 'cat', '/proc/sys/net/ipv4/conf/eth1/log_martians')).toBe('1\n');
  expect(json('host', 'link', 'show', 'vlive1')).toMatchObject([{ ifalias: 'own live' }]);
  const back = [{ destination: 'default', via: '10.90.0.1', interfaceName: 'eth0' }];
  for (let round = 0; round < 2; round++) {
    await lab.network.removeSandboxInterface(path, 'eth1', back, options);
  }
  expect(destinations(path)).toEqual([
    'default via 10.90.0.1',
    '10.90.0.0/24',
    '10.99.0.0/16 via 10.90.0.77',
  ]);
  expect(json('host', 'link').map(({ ifname }) => ifname)).not.toContain('vlive1');
});

test('IPv6 is there at once where it is asked for, and routers are not believed', async () => {
  const path = lab.path('six');
  await bridge('wbr6', { addresses: ['10.96.0.1/24', 'fd00:96::1/64'], ipv6: true });
  const interfaces = [
    veth({ hostName: 'vsix0', addresses: ['10.90.0.7/24'] }),
    veth({
      parent: 'wbr6',
      name: 'eth1',
      hostName: 'vsix1',
      macAddress: '',
      addresses: ['10.96.0.7/24', 'fd00:96::7/64'],
      ipv6: true,
    }),
  ];
  const routes = [{ destination: 'default', via: 'fd00:96::1', interfaceName: 'eth1' }];
  await lab.network.createSandbox(path, { containerId: 'six', interfaces, routes }, options);
  const [eth1] = json(path, '-6', 'addr', 'show', 'eth1') as { addr_info: object[] }[];
  expect(eth1?.addr_info).toContainEqual(
    expect.objectContaining({ local: 'fd00:96::7', prefixlen: 64 }),
  );
  expect(eth1?.addr_info).not.toContainEqual(
    expect.objectContaining({ local: 'fd00:96::7', tentative: true }),
  );
  expect(json(path, '-6', 'route', 'show', 'default')).toMatchObject([{ gateway: 'fd00:96::1' }]);
  const setting = (name: string): string =>
    lab.inside(path, 'cat', `/proc/sys/net/ipv6/conf/${name}`).trim();
  expect(['eth0/disable_ipv6', 'eth1/disable_ipv6', 'lo/disable_ipv6'].map(setting)).toEqual([
    '1',
    '0',
    '0',
  ]);
  expect(['all/disable_ipv6', 'default/disable_ipv6'].map(setting)).toEqual(['0', '1']);
  expect(json(path, '-6', 'addr', 'show', 'eth0')).toEqual([]);
  expect(['eth0/accept_ra', 'eth1/accept_ra', 'default/accept_ra'].map(setting)).toEqual([
    '0',
    '0',
    '0',
  ]);
  expect(lab.inside('host', 'cat', '/proc/sys/net/ipv6/conf/wbr0/disable_ipv6')).toBe('1\n');
  expect(lab.inside('host', 'cat', '/proc/sys/net/ipv6/conf/wbr6/accept_ra')).toBe('0\n');
  expect(json('host', '-6', 'addr', 'show', 'vsix1')).toEqual([]);
  expect(lab.inside(path, 'busybox', 'ping', '-c1', '-W3', 'fd00:96::1')).toContain('1 packets');
});

test('isolated ports of a bridge do not talk to each other, others do', async () => {
  const make = async (id: string, address: string, isolated: boolean): Promise<string> => {
    const path = lab.path(id);
    const mac = `02:42:0a:5a:01:${address.slice(-2)}`;
    const spec = veth({
      hostName: `v${id}`,
      addresses: [`${address}/24`],
      macAddress: mac,
      isolated,
    });
    await lab.network.createSandbox(
      path,
      { containerId: id, interfaces: [spec], routes: [] },
      options,
    );
    return path;
  };
  const [a, b] = [await make('iso1', '10.90.0.11', true), await make('iso2', '10.90.0.12', true)];
  const free = await make('iso3', '10.90.0.13', false);
  const reaches = (from: string, to: string): boolean => {
    try {
      lab.inside(from, 'busybox', 'ping', '-c1', '-W1', to);
      return true;
    } catch {
      return false;
    }
  };
  expect([
    reaches(a, '10.90.0.12'),
    reaches(b, '10.90.0.11'),
    reaches(a, '10.90.0.13'),
    reaches(free, '10.90.0.12'),
    reaches(a, '10.90.0.1'),
  ]).toEqual([false, false, true, true, true]);
});

test('a bridge becomes what it shall be, and one of somebody else keeps what it has', async () => {
  const owner = 'test net wbr2';
  await bridge('wbr2', { addresses: ['10.92.0.1/24', '10.92.1.1/24'] });
  const [made] = json('host', 'link', 'show', 'wbr2');
  await bridge('wbr2', { addresses: ['10.92.0.1/24', '10.92.2.1/24'], mtu: 1400 });
  expect(addressesOf('wbr2')).toEqual(['10.92.0.1', '10.92.2.1']);
  const [changed] = json('host', 'link', 'show', 'wbr2');
  expect(changed).toMatchObject({ mtu: 1400, ifalias: owner, address: made?.['address'] });
  expect(changed).toMatchObject({
    linkinfo: { info_kind: 'bridge', info_data: { forward_delay: 0, stp_state: 0 } },
  });
  await lab.network.removeInterface('wbr2', options);
  await lab.network.removeInterface('wbr2', options);
  await bridge('wbr2', {});
  expect(json('host', 'link', 'show', 'wbr2')).toMatchObject([{ address: made?.['address'] }]);
  lab.inside('host', 'ip', 'link', 'add', 'wbr3', 'type', 'bridge');
  lab.inside('host', 'ip', 'addr', 'add', '10.93.9.1/24', 'dev', 'wbr3');
  await bridge('wbr3', { addresses: ['10.93.0.1/24'], mtu: 1300 });
  expect(addressesOf('wbr3')).toEqual(['10.93.0.1', '10.93.9.1']);
  expect(json('host', 'link', 'show', 'wbr3')).toMatchObject([{ mtu: 1500 }]);
  lab.inside('host', 'ip', 'link', 'add', 'wv8', 'type', 'veth', 'peer', 'name', 'wv9');
  await expect(bridge('wv8', {})).rejects.toMatchObject({ code: 'failed-precondition' });
  await expect(bridge('a/b', {})).rejects.toMatchObject({ code: 'invalid-argument' });
  const own = await lab.network.ownInterfaces('test net wbr2', options);
  expect(own).toEqual([{ name: 'wbr2', alias: owner }]);
});

test('a sandbox finds its bridge also after that was made again', async () => {
  await bridge('wbr5', { addresses: ['10.95.0.1/24'] });
  await lab.network.createSandbox(
    lab.path('bridge5a'),
    { containerId: 'b', interfaces: [veth({ parent: 'wbr5', hostName: 'vb5a' })], routes: [] },
    options,
  );
  lab.inside('host', 'ip', 'link', 'del', 'wbr5');
  lab.inside('host', 'ip', 'link', 'add', 'wbr5', 'type', 'bridge');
  await lab.network.createSandbox(
    lab.path('bridge5b'),
    { containerId: 'b', interfaces: [veth({ parent: 'wbr5', hostName: 'vb5b' })], routes: [] },
    options,
  );
  expect(json('host', 'link', 'show', 'vb5b')).toMatchObject([{ master: 'wbr5' }]);
});

test('routes of the host are networks and destinations, without defaults and loopback', async () => {
  await bridge('wbr4', { addresses: ['10.94.0.1/24', 'fd00:94::1/64'], ipv6: true });
  lab.inside('host', 'ip', 'route', 'add', '10.200.0.0/16', 'via', '10.94.0.9');
  lab.inside('host', 'ip', 'route', 'add', 'default', 'via', '10.94.0.9');
  lab.inside('host', 'ip', 'route', 'add', '10.201.0.0/16', 'via', '10.94.0.9', 'table', '77');
  lab.inside('host', 'ip', 'route', 'add', 'blackhole', '10.202.0.0/16');
  const routes = await lab.network.hostRoutes(options);
  expect(routes).toEqual(
    expect.arrayContaining([
      { destination: '10.94.0.0/24', interfaceName: 'wbr4' },
      { destination: 'fd00:94::/64', interfaceName: 'wbr4' },
      { destination: '10.200.0.0/16', interfaceName: 'wbr4' },
      { destination: '10.201.0.0/16', interfaceName: 'wbr4' },
      { destination: '10.202.0.0/16', interfaceName: '' },
    ]),
  );
  const odd = routes.filter(({ destination }) => /^(?:0\.|127\.|::|fe80|ff)/.test(destination));
  expect(odd).toEqual([]);
});

test('rules of ours become those that are given, and rules of others stay', async () => {
  const owner = { protocol: 77, firstPriority: 100, lastPriority: 103 };
  lab.inside('host', 'ip', 'rule', 'add', 'to', '10.8.0.0/16', 'prohibit', 'pref', '500');
  const rules: RouteRule[] = [
    { family: 'ipv4', priority: 100, to: '10.90.0.0/24', mark: [0x10, 0xf0], action: 'main' },
    { family: 'ipv4', priority: 101, to: '10.90.0.0/24', action: 'prohibit' },
    { family: 'ipv4', priority: 102, incoming: 'wbr0', from: '10.90.0.0/24', action: 'prohibit' },
    {
      family: 'ipv4',
      priority: 103,
      incoming: 'wbr0',
      mark: [1, 1],
      invert: true,
      action: 'prohibit',
    },
    { family: 'ipv6', priority: 100, to: 'fd00:90::/64', action: 'prohibit' },
  ];
  await lab.network.setRules(owner, rules, options);
  const before = lab.inside('host', 'ip', 'rule');
  expect(before).toMatch(/100:\sfrom all to 10.90.0.0\/24 fwmark 0x10\/0xf0 lookup main proto 77/);
  expect(before).toMatch(/103:\snot from all fwmark 0x1\/0x1 iif wbr0 prohibit proto 77/);
  expect(lab.inside('host', 'ip', '-6', 'rule')).toMatch(
    /100:\sfrom all to fd00:90::\/64 prohibit/,
  );
  await lab.network.setRules(owner, rules, options);
  expect(lab.inside('host', 'ip', 'rule')).toBe(before);
  await lab.network.setRules(owner, rules.slice(1, 2), options);
  expect(lab.inside('host', 'ip', 'rule').match(/proto 77/g)).toHaveLength(1);
  await lab.network.setRules(owner, [], options);
  expect(lab.inside('host', 'ip', 'rule')).not.toContain('proto 77');
  expect(lab.inside('host', 'ip', 'rule')).toContain('10.8.0.0/16 prohibit');
});

test('a process with a mount namespace of its own sees pins that come after it, and not after they went', async () => {
  const pid = native.spawnDetached({
    file: '/bin/sleep',
    argv: ['sleep', '60'],
    env: [],
    cwd: '/',
    newMountNamespace: true,
  });
  try {
    const path = lab.path('seen');
    const sees = (): boolean => readFileSync(`/proc/${pid}/mountinfo`, 'utf8').includes(`${path} `);
    await lab.network.createSandbox(path, sandbox('seen', '10.90.0.8'), options);
    expect(sees()).toBe(true);
    await lab.network.removeSandbox(path, options);
    expect(sees()).toBe(false);
    await expect
      .poll(() => json('host', 'link').some((link) => link['ifname'] === 'vseen'))
      .toBe(false);
  } finally {
    process.kill(pid, 'SIGKILL');
    await ended(native, pid);
  }
});

test('prepared namespaces are used, and none is left by a close', async () => {
  const path = lab.path('prepared');
  lab.network.prepare();
  lab.network.prepare();
  await lab.network.createSandbox(path, sandbox('prepared', '10.90.0.9'), options);
  expect(json(path, 'addr', 'show', 'eth0')).toMatchObject([{ ifname: 'eth0' }]);
});

test('a port that somebody holds cannot be bound, nor an address of nobody', async () => {
  const own = createNetworkPort({ native, directory: lab.directory });
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await own.canBind('127.0.0.1', port, 'tcp')).toBe(false);
  expect(await own.canBind('0.0.0.0', port, 'tcp')).toBe(false);
  expect(await own.canBind('127.0.0.1', socket.address().port, 'udp')).toBe(false);
  expect(await own.canBind('192.0.2.77', 4711, 'tcp')).toBe(false);
  server.close();
  socket.close();
  await once(server, 'close');
  expect(await own.canBind('127.0.0.1', port, 'tcp')).toBe(true);
  expect(await own.canBind('::1', port, 'tcp')).toBe(true);
  await expect(own.canBind('nonsense', 1, 'tcp')).rejects.toMatchObject({
    facts: { errno: 'EINVAL' },
  });
  await own.close();
});

test('sysctls of the host are written, of the network only', async () => {
  await lab.network.setSysctl('net.ipv4.conf.wbr0.route_localnet', '1');
  await lab.network.setSysctl('net/ipv4/conf/wbr0/rp_filter', '2');
  expect(lab.inside('host', 'cat', '/proc/sys/net/ipv4/conf/wbr0/route_localnet')).toBe('1\n');
  for (const key of ['kernel.hostname', 'net.ipv4.../x', 'net', 'net/../kernel/hostname', '']) {
    await expect(lab.network.setSysctl(key, '1')).rejects.toMatchObject({
      code: 'invalid-argument',
    });
  }
  await expect(lab.network.setSysctl('net.ipv4.nonsense', '1')).rejects.toMatchObject({
    code: 'unimplemented',
  });
});

test('features are what this kernel takes', () => {
  expect([...lab.network.features]).toEqual(
    expect.arrayContaining(['bridge', 'veth', 'nft', 'ipv6']),
  );
  const can = (kind: string): boolean => {
    try {
      lab.inside('host', 'ip', 'link', 'add', 'link', 'wbr0', 'name', 'wtry', 'type', kind);
      lab.inside('host', 'ip', 'link', 'del', 'wtry');
      return true;
    } catch {
      return false;
    }
  };
  expect(lab.network.features.has('macvlan')).toBe(can('macvlan'));
  expect(lab.network.features.has('ipvlan')).toBe(can('ipvlan'));
});

test('calls that were given up before they began do nothing', async () => {
  const signal = AbortSignal.abort(new CancelledError());
  const path = lab.path('aborted');
  await expect(lab.network.createSandbox(path, sandbox('aborted'), { signal })).rejects.toThrow();
  await expect(lab.network.removeInterface('wbr0', { signal })).rejects.toThrow();
  expect(lab.network.sandboxExists(path)).toBe(false);
});
