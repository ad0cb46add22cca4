import { expect, test } from 'vitest';
import { isOracle, spaceAddresses } from '@wharf/testing';
import { useEngine } from '../support.js';
import { networked } from '../support/networked.js';

const engine = useEngine({ space: true });
const { ok } = engine;
const net = networked(engine);
const { host, neighbour } = spaceAddresses;

const links = async (id: string): Promise<string[]> =>
  (await net.exec(id, 'ls', '/sys/class/net')).split('\n').sort();

const namespace = async (id: string): Promise<string> =>
  net.exec(id, 'readlink', '/proc/self/ns/net');

test('--network none has loopback alone', async () => {
  const id = await net.up('--network', 'none');
  expect(await links(id)).toEqual(['lo']);
  expect(await net.exec(id, 'ip', 'route')).toBe('');
  expect(await engine.inspect(id, '{{.NetworkSettings.IPAddress}}')).toBe('');
});

test('--network host is the network of the host', async () => {
  const id = await net.up('--network', 'host');
  const { stdout } = await engine.space.host(['readlink', '/proc/self/ns/net']);
  expect(await namespace(id)).toBe(stdout.trim());
  expect(await net.exec(id, 'ip', '-4', 'address', 'show', 'up0')).toContain(host.v4);
  const { stdout: name } = await engine.space.host(['hostname']);
  expect(await net.exec(id, 'hostname')).toBe(name.trim());
});

test('--network container: shares interfaces, ports, hosts and names', async () => {
  const network = await net.network();
  const first = await net.serving('first', ['tcp:80'], '--network', network, '--hostname', 'box');
  const second = await net.up('--network', `container:${first}`);
  expect(await namespace(second)).toBe(await namespace(first));
  expect(await net.probe(second, 'ask', '500', 'tcp', '127.0.0.1', '80')).toMatch(/^first /);
  expect(await net.exec(second, 'hostname')).toBe('box');
  for (const file of ['/etc/hosts', '/etc/resolv.conf', '/etc/hostname']) {
    expect(await net.exec(second, 'cat', file)).toBe(await net.exec(first, 'cat', file));
  }
});

test('--network container: outlives neither its network nor takes flags of its own', async () => {
  const first = await net.up();
  const shared = ['--network', `container:${first}`];
  for (const flags of [
    ['-p', '80:80'],
    ['--hostname', 'own'],
    ['--dns', '1.1.1.1'],
    ['--add-host', 'a:1.2.3.4'],
    ['--mac-address', '02:00:00:00:00:01'],
  ]) {
    const { code } = await engine.cli(['run', '--rm', ...shared, ...flags, 'busybox', 'true']);
    expect(code).toBe(125);
  }
  const missing = ['run', '--rm', '--network', 'container:no-such', 'busybox', 'true'];
  expect((await engine.cli(missing)).code).toBe(125);
  await ok(['stop', '-t', '0', first]);
  const stopped = await engine.cli(['run', '--rm', ...shared, 'busybox', 'true']);
  expect(stopped.code).toBe(125);
  expect(stopped.stderr).toMatch(/not running|non running/);
});

test('networks are apart from each other', async () => {
  const [one, two] = [await net.network(), await net.network()];
  const there = await net.serving('there', ['tcp:80', 'udp:80'], '--network', one);
  const same = await net.up('--network', one);
  const other = await net.up('--network', two);
  const address = await net.endpoint(there, one, 'IPAddress');
  const flows = ['tcp', address, '80', 'udp', address, '80'];
  const [tcp, udp] = (await net.probe(same, 'ask', '500', ...flows)).split('\n');
  expect([tcp, udp].map((answer) => answer?.split(' ')[0])).toEqual(['there', 'there']);
  expect(await net.probe(other, 'ask', '500', ...flows)).not.toContain('there');
});

test('containers reach what is outside, also from networks of their own', async () => {
  const flags = ['--cap-add', 'NET_RAW'];
  const id = await net.up(...flags, '--network', await net.network());
  expect(await net.exec(id, 'ping', '-c', '1', '-W', '2', neighbour.v4)).toContain(
    '1 packets received',
  );
  expect(
    await net.exec(await net.up(...flags), 'ping', '-c', '1', '-W', '2', neighbour.v4),
  ).toContain('1 packets received');
});

test('--internal reaches its own containers and nobody else', async () => {
  const network = await net.network('--internal');
  const there = await net.serving('there', ['tcp:80'], '--network', network);
  const id = await net.up('--network', network);
  const address = await net.endpoint(there, network, 'IPAddress');
  expect(await net.probe(id, 'ask', '500', 'tcp', address, '80')).toMatch(/^there /);
  expect(await net.probe(id, 'ask', '500', 'tcp', neighbour.v4, '53')).not.toBe('refused');
});

test('icc off keeps containers of a network apart', async () => {
  const network = await net.network('-o', 'com.docker.network.bridge.enable_icc=false');
  const there = await net.serving('there', ['tcp:80'], '--network', network);
  const id = await net.up('--network', network);
  const address = await net.endpoint(there, network, 'IPAddress');
  expect(await net.probe(id, 'ask', '500', 'tcp', address, '80')).not.toMatch(/^there /);
});

test('the name and the mtu of a bridge can be chosen', async () => {
  const flags = ['-o', 'com.docker.network.bridge.name=br-chosen'];
  const network = await net.network(...flags, '-o', 'com.docker.network.driver.mtu=1400');
  const id = await net.up('--network', network);
  expect(await net.exec(id, 'cat', '/sys/class/net/eth0/mtu')).toBe('1400');
  const { stdout } = await engine.space.host(['ip', '-brief', 'link', 'show', 'br-chosen']);
  expect(stdout).toContain('br-chosen');
});

test('--ipv6 gives addresses of both families, and containers reach each other by both', async () => {
  const network = await net.network('--ipv6', '--subnet', 'fd61::/64', '--subnet', '10.61.0.0/24');
  const flags = ['--network', network, '--ip', '10.61.0.9', '--ip6', 'fd61::9'];
  await net.serving('there', ['tcp:80'], ...flags);
  const id = await net.up('--network', network);
  const flows = ['tcp', '10.61.0.9', '80', 'tcp', 'fd61::9', '80'];
  const answers = (await net.probe(id, 'ask', '1000', ...flows)).split('\n');
  const v6 = await net.endpoint(id, network, 'GlobalIPv6Address');
  expect(v6).toMatch(/^fd61::/);
  expect(answers).toEqual([`there ${await net.endpoint(id, network, 'IPAddress')}`, `there ${v6}`]);
  expect(await net.exec(id, 'ip', '-6', 'route')).toMatch(/default via fd61::1/);
});

test('without --ipv6 there is no IPv6', async () => {
  const id = await net.up();
  expect(await net.exec(id, 'ip', '-6', 'address')).not.toMatch(/scope (global|link)/);
});

test('macvlan puts containers on the wire of the host', async () => {
  const pool = ['--subnet', '192.0.2.0/24', '--gateway', neighbour.v4];
  const network = await net.network('-d', 'macvlan', '-o', 'parent=up0', ...pool);
  const id = await net.serving(
    'wire',
    ['tcp:80'],
    '--network',
    network,
    '--ip',
    '192.0.2.50',
    '--cap-add',
    'NET_RAW',
  );
  expect(await net.neighbour('ask', '2000', 'tcp', '192.0.2.50', '80')).toBe(
    `wire ${neighbour.v4}`,
  );
  expect(await net.exec(id, 'ping', '-c', '1', '-W', '2', neighbour.v4)).toContain(
    '1 packets received',
  );
});

test('several networks at once at start', { skip: isOracle() }, async () => {
  const [one, two] = [await net.network(), await net.network()];
  const id = await net.up('--network', one, '--network', `name=${two},gw-priority=1`);
  expect(await links(id)).toEqual(['eth0', 'eth1', 'lo']);
  const gateway = await net.endpoint(id, two, 'Gateway');
  expect(await net.exec(id, 'ip', 'route')).toContain(`default via ${gateway}`);
});
