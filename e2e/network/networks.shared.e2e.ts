import { expect, test } from 'vitest';
import { useEngine } from '../support.js';
import { networked } from '../support/networked.js';

const engine = useEngine({ space: true });
const { ok, refused } = engine;
const net = networked(engine);

const inspected = async (name: string, template: string): Promise<string> =>
  ok(['network', 'inspect', '-f', template, name]);

async function listed(...flags: string[]): Promise<string[]> {
  const text = await ok(['network', 'ls', '--format', '{{.Name}}', ...flags]);
  return text.split('\n').filter((line) => line !== '');
}

test('bridge, host and none are there from the start', async () => {
  const format = '{{.Name}} {{.Driver}} {{.Scope}}';
  const lines = (await ok(['network', 'ls', '--format', format])).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining(['bridge bridge local', 'host host local', 'none null local']),
  );
});

test.each(['bridge', 'host', 'none'])('%s cannot be removed', async (name) => {
  const { code, stderr } = await refused(['network', 'rm', name]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/pre-defined network/);
});

test('create prints the id; ls shows the first twelve digits', async () => {
  const name = net.name('made');
  const id = await ok(['network', 'create', name]);
  try {
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(await ok(['network', 'ls', '-q', '--filter', `name=${name}`])).toBe(id.slice(0, 12));
    expect(await ok(['network', 'ls', '-q', '--no-trunc', '-f', `name=${name}`])).toBe(id);
  } finally {
    expect(await ok(['network', 'rm', name])).toBe(name);
  }
  expect(await listed('-f', `name=${name}`)).toEqual([]);
});

test('the table of ls has its columns', async () => {
  const [head = ''] = (await ok(['network', 'ls'])).split('\n');
  expect(head).toMatch(/^NETWORK ID +NAME +DRIVER +SCOPE *$/);
});

test('a name is given once', async () => {
  const name = await net.network();
  const { code, stderr } = await refused(['network', 'create', name]);
  expect(code).toBe(1);
  expect(stderr).toContain(`network with name ${name} already exists`);
});

test('inspect tells driver, options, labels and addresses', async () => {
  const flags = ['--subnet', '10.99.0.0/24', '--gateway', '10.99.0.254'];
  const more = ['--ip-range', '10.99.0.128/25', '--label', 'a=b', '--internal'];
  const name = await net.network(...flags, ...more);
  const text = await ok(['network', 'inspect', name]);
  const [network] = JSON.parse(text) as Record<string, unknown>[];
  expect(network).toMatchObject({
    Name: name,
    Scope: 'local',
    Driver: 'bridge',
    EnableIPv6: false,
    Internal: true,
    Attachable: false,
    Ingress: false,
    Containers: {},
    Labels: { a: 'b' },
    IPAM: {
      Driver: 'default',
      Config: [{ Subnet: '10.99.0.0/24', IPRange: '10.99.0.128/25', Gateway: '10.99.0.254' }],
    },
  });
});

test('networks get subnets that do not overlap', async () => {
  const names = [await net.network(), await net.network(), await net.network()];
  const subnets = await Promise.all(
    names.map((name) => inspected(name, '{{(index .IPAM.Config 0).Subnet}}')),
  );
  expect(new Set(subnets).size).toBe(3);
});

test('a subnet that another network has is refused', async () => {
  await net.network('--subnet', '10.98.0.0/16');
  const name = net.name('overlap');
  const { code, stderr } = await refused(['network', 'create', '--subnet', '10.98.7.0/24', name]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/overlap/i);
});

test.each([
  [['--subnet', '10.97.0.0/33'], /invalid/i],
  [['--subnet', '10.97.0.0/24', '--gateway', '10.96.0.1'], /no matching subnet/i],
  [['--gateway', '10.97.0.1'], /subnet/i],
])('%j is refused', async (flags, message) => {
  const { stderr } = await refused(['network', 'create', ...flags, net.name('wrong')]);
  expect(stderr).toMatch(message);
});

test('ls filters by driver, label, id, name and type', async () => {
  const label = net.name('label');
  const name = await net.network('--label', `${label}=1`);
  const id = await inspected(name, '{{.Id}}');
  expect(await listed('-f', `label=${label}`)).toEqual([name]);
  expect(await listed('-f', `label=${label}=1`)).toEqual([name]);
  expect(await listed('-f', `label=${label}=2`)).toEqual([]);
  expect(await listed('-f', `id=${id.slice(0, 10)}`)).toEqual([name]);
  expect(await listed('-f', 'driver=bridge', '-f', `name=${name}`)).toEqual([name]);
  expect(await listed('-f', 'driver=null')).toEqual(['none']);
  const builtin = await listed('-f', 'type=builtin');
  expect(builtin).toEqual(expect.arrayContaining(['bridge', 'host', 'none']));
  expect(builtin).not.toContain(name);
  expect(await listed('-f', 'type=custom')).toContain(name);
  expect((await refused(['network', 'ls', '-f', 'colour=red'])).stderr).toMatch(/invalid filter/i);
});

test('a network in use is not removed, and not pruned', async () => {
  const name = await net.network();
  await net.up('--network', name);
  const { code, stderr } = await refused(['network', 'rm', name]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/active endpoints/);
  await ok(['network', 'prune', '-f']);
  expect(await listed('-f', `name=${name}`)).toEqual([name]);
});

test('prune removes what nobody uses and says so', async () => {
  const keep = net.name('keep');
  const name = await net.network();
  const kept = await net.network('--label', keep);
  const text = await ok(['network', 'prune', '-f', '--filter', `label!=${keep}`]);
  expect(text).toMatch(/^Deleted Networks:\n/);
  expect(text.split('\n')).toContain(name);
  expect(await listed()).not.toContain(name);
  expect(await listed()).toContain(kept);
  expect(await listed()).toEqual(expect.arrayContaining(['bridge', 'host', 'none']));
});

test('a network that is not there gives 1', async () => {
  for (const verb of ['inspect', 'rm']) {
    const { code, stderr } = await refused(['network', verb, 'no-such-network']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/no-such-network/);
  }
  const run = await engine.cli(['run', '--rm', '--network', 'no-such-network', 'busybox', 'true']);
  expect(run.code).toBe(125);
  expect(run.stderr).toMatch(/network no-such-network not found/);
});

test('inspect of a network lists its containers', async () => {
  const name = await net.network('--subnet', '10.95.0.0/24');
  const id = await net.up('--network', name, '--name', net.name('member'), '--ip', '10.95.0.7');
  const mac = await net.endpoint(id, name, 'MacAddress');
  const members = JSON.parse(await inspected(name, '{{json .Containers}}')) as unknown;
  expect(members).toMatchObject({
    [id]: { MacAddress: mac, IPv4Address: '10.95.0.7/24', IPv6Address: '' },
  });
});

test('events tell of networks', async () => {
  const name = await net.network();
  const id = await net.up('--network', name);
  await ok(['rm', '-f', id]);
  const found = await engine.events(['type=network'], '{{.Action}} {{.Actor.Attributes.name}}');
  expect(found.filter((line) => line.endsWith(name))).toEqual([
    `create ${name}`,
    `connect ${name}`,
    `disconnect ${name}`,
  ]);
});
