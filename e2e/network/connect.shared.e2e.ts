import { expect, test } from 'vitest';
import { useEngine } from '../support.js';
import { networked } from '../support/networked.js';

const engine = useEngine({ space: true });
const { ok, refused } = engine;
const net = networked(engine);

const interfaces = async (id: string): Promise<string[]> =>
  (await net.exec(id, 'ls', '/sys/class/net')).split('\n').filter((name) => /^eth/.test(name));

const networks = async (id: string): Promise<string[]> => {
  const template = '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}';
  return (await engine.inspect(id, template)).trim().split(' ').sort();
};

test('a container that names no network is on the default bridge', async () => {
  const id = await net.up();
  expect(await networks(id)).toEqual(['bridge']);
  const address = await net.endpoint(id, 'bridge', 'IPAddress');
  expect(await engine.inspect(id, '{{.NetworkSettings.IPAddress}}')).toBe(address);
  expect(await net.exec(id, 'ip', '-4', 'address', 'show', 'eth0')).toContain(`inet ${address}/`);
  const gateway = await net.endpoint(id, 'bridge', 'Gateway');
  expect(await net.exec(id, 'ip', 'route')).toContain(`default via ${gateway} dev eth0`);
});

test('a running container is connected and disconnected', async () => {
  const [one, two] = [await net.network(), await net.network()];
  const id = await net.up('--network', one);
  await ok(['network', 'connect', two, id]);
  expect(await interfaces(id)).toEqual(['eth0', 'eth1']);
  expect(await networks(id)).toEqual([one, two].sort());
  const there = await net.serving('there', ['tcp:80'], '--network', two);
  const address = await net.endpoint(there, two, 'IPAddress');
  expect(await net.probe(id, 'ask', '1000', 'tcp', address, '80')).toMatch(/^there /);
  await ok(['network', 'disconnect', two, id]);
  expect(await interfaces(id)).toEqual(['eth0']);
  expect(await networks(id)).toEqual([one]);
  expect(await net.probe(id, 'ask', '300', 'tcp', address, '80')).not.toMatch(/^there /);
});

test('the last network can be taken away, and another given', async () => {
  const id = await net.up();
  await ok(['network', 'disconnect', 'bridge', id]);
  expect(await interfaces(id)).toEqual([]);
  const name = await net.network();
  await ok(['network', 'connect', name, id]);
  expect(await interfaces(id)).toHaveLength(1);
});

test('connections outlast a restart', async () => {
  const name = await net.network('--subnet', '10.80.0.0/24');
  const id = await net.up();
  await ok(['network', 'connect', '--ip', '10.80.0.44', '--alias', 'second', name, id]);
  await ok(['restart', '-t', '0', id]);
  expect(await networks(id)).toEqual(['bridge', name].sort());
  expect(await net.endpoint(id, name, 'IPAddress')).toBe('10.80.0.44');
  expect(await interfaces(id)).toEqual(['eth0', 'eth1']);
});

test('a container that does not run is connected when it starts', async () => {
  const name = await net.network();
  const id = await ok(['create', 'busybox', 'sh', '-c', 'ls /sys/class/net']);
  try {
    await ok(['network', 'connect', name, id]);
    await ok(['network', 'disconnect', 'bridge', id]);
    expect((await ok(['start', '-a', id])).split('\n')).toContain('eth0');
    expect(await networks(id)).toEqual([name]);
  } finally {
    await ok(['rm', '-f', id]);
  }
});

test('--ip and --mac-address are what the container gets', async () => {
  const name = await net.network('--subnet', '10.81.0.0/24');
  const flags = ['--network', name, '--ip', '10.81.0.99', '--mac-address', '02:00:00:aa:bb:cc'];
  const id = await net.up(...flags);
  const text = await net.exec(id, 'ip', 'address', 'show', 'eth0');
  expect(text).toContain('inet 10.81.0.99/24');
  expect(text).toContain('link/ether 02:00:00:aa:bb:cc');
  expect(await net.endpoint(id, name, 'MacAddress')).toBe('02:00:00:aa:bb:cc');
});

test('an address that is taken, outside, or of a network without a subnet of its own is refused', async () => {
  const name = await net.network('--subnet', '10.82.0.0/24');
  await net.up('--network', name, '--ip', '10.82.0.9');
  const other = await net.network();
  for (const [network, address, message] of [
    [name, '10.82.0.9', /already in use/i],
    [name, '10.83.0.9', /subnet|no configured/i],
    [other, '10.82.0.9', /user configured subnets|subnet/i],
    ['bridge', '172.17.0.99', /user.*(configured|defined)/i],
  ] as const) {
    const flags = ['--network', network, '--ip', address];
    const { code, stderr } = await engine.cli(['run', '--rm', ...flags, 'busybox', 'true']);
    expect(code).toBe(125);
    expect(stderr).toMatch(message);
  }
});

test('addresses come from the range, without those that are set aside', async () => {
  const flags = ['--subnet', '10.84.0.0/24', '--ip-range', '10.84.0.8/30'];
  const name = await net.network(...flags, '--aux-address', 'router=10.84.0.9');
  const ids = [await net.up('--network', name), await net.up('--network', name)];
  const addresses = await Promise.all(ids.map((id) => net.endpoint(id, name, 'IPAddress')));
  for (const address of addresses) expect(address).toMatch(/^10\.84\.0\.(8|10|11)$/);
});

test('a network whose range is full says so', async () => {
  const name = await net.network('--subnet', '10.85.0.0/30');
  await net.up('--network', name);
  const { code, stderr } = await engine.cli(['run', '--rm', '--network', name, 'busybox', 'true']);
  expect(code).toBe(125);
  expect(stderr).toMatch(/no available .*addresses/i);
});

test('an address is free again when its container is gone', async () => {
  const name = await net.network('--subnet', '10.86.0.0/30');
  for (let run = 0; run < 3; run++) {
    await ok(['run', '--rm', '--network', name, 'busybox', 'true']);
  }
});

test('connecting twice, or what is not connected, is refused', async () => {
  const name = await net.network();
  const id = await net.up('--network', name);
  expect((await refused(['network', 'connect', name, id])).stderr).toMatch(/already/);
  expect((await refused(['network', 'disconnect', 'bridge', id])).stderr).toMatch(/not connected/);
  expect((await refused(['network', 'connect', 'host', id])).code).toBe(1);
  expect((await refused(['network', 'connect', name, 'no-such'])).stderr).toMatch(
    /no such container/i,
  );
  const host = await net.up('--network', 'host');
  expect((await refused(['network', 'connect', name, host])).code).toBe(1);
});

test('disconnect -f of a container that has stopped frees the network', async () => {
  const name = await net.network();
  const id = await net.up('--network', name);
  await ok(['stop', '-t', '0', id]);
  await ok(['network', 'disconnect', '-f', name, id]);
  expect(await networks(id)).not.toContain(name);
  await ok(['network', 'rm', name]);
  await ok(['network', 'create', name]);
});

test('ps filters by network', async () => {
  const name = await net.network();
  const id = await net.up('--network', name);
  const find = ['ps', '-q', '--no-trunc', '--filter'];
  expect(await ok([...find, `network=${name}`])).toBe(id);
  expect(await ok(['ps', '--filter', `id=${id}`, '--format', '{{.Networks}}'])).toBe(name);
});

test('sandboxes are gone with their containers', async () => {
  const id = await net.up();
  const before = (await engine.space.host(['ip', '-brief', 'link'])).stdout.split('\n').length;
  await ok(['rm', '-f', id]);
  const after = (await engine.space.host(['ip', '-brief', 'link'])).stdout.split('\n').length;
  expect(after).toBe(before - 1);
});
