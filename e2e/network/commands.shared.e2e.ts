import { expect, onTestFinished, test } from 'vitest';
import { useEngine } from '../support.js';

const engine = useEngine();
const { cli, ok, refused } = engine;

/** A network that goes with the test. */
async function network(name: string, ...flags: readonly string[]): Promise<string> {
  const id = await ok(['network', 'create', ...flags, name]);
  onTestFinished(async () => void (await cli(['network', 'rm', name])));
  return id;
}

/** A container of these flags that sleeps, and goes before its network. */
async function sleeper(...flags: readonly string[]): Promise<string> {
  const id = await ok(['run', '-d', ...flags, 'busybox', 'sleep', '1000']);
  onTestFinished(async () => void (await cli(['rm', '-f', '-v', id])));
  return id;
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

test('what create is told, inspect shows', async () => {
  const id = await network(
    'made',
    ...['--subnet', '10.233.1.0/24', '--gateway', '10.233.1.9', '--ip-range', '10.233.1.128/25'],
    ...['--aux-address', 'router=10.233.1.7', '--label', 'a=b', '--internal'],
    ...['-o', 'com.docker.network.driver.mtu=1400'],
  );
  expect(id).toMatch(/^[0-9a-f]{64}$/);
  const [found] = JSON.parse(await ok(['network', 'inspect', 'made'])) as object[];
  expect(found).toMatchObject({
    Name: 'made',
    Id: id,
    Scope: 'local',
    Driver: 'bridge',
    EnableIPv6: false,
    Internal: true,
    IPAM: {
      Driver: 'default',
      Config: [
        {
          Subnet: '10.233.1.0/24',
          IPRange: '10.233.1.128/25',
          Gateway: '10.233.1.9',
          AuxiliaryAddresses: { router: '10.233.1.7' },
        },
      ],
    },
    Containers: {},
    Options: { 'com.docker.network.driver.mtu': '1400' },
    Labels: { a: 'b' },
  });
});

test.each([
  [['--gateway', '10.8.0.1'], 'every ip-range or gateway must have a corresponding subnet'],
  [['--subnet', '10.8.0.0/24', '--gateway', '10.9.0.1'], 'no matching subnet for gateway 10.9.0.1'],
  [
    ['--subnet', '10.8.0.0/24', '--subnet', '10.8.0.0/25'],
    'multiple overlapping subnet configuration is not supported',
  ],
  [['--label', ''], 'label'],
])('create with %j is refused', async (flags, why) => {
  const { stderr } = await refused(['network', 'create', ...flags, 'wrong']);
  expect(stderr).toContain(why);
  expect((await refused(['network', 'inspect', 'wrong'])).code).toBe(1);
});

test('rm of one that is missing is refused, rm of the others goes on', async () => {
  await network('gone');
  const { code, stdout } = await cli(['network', 'rm', 'no-such-network', 'gone']);
  expect({ code, stdout }).toEqual({ code: 1, stdout: 'gone\n' });
});

test('both inspects show a container in its network, with what it asked for', async () => {
  await network('shown', '--subnet', '10.233.2.0/24');
  const id = await sleeper(
    ...['--network', 'shown', '--name', 'box', '--network-alias', 'www'],
    ...['--ip', '10.233.2.77', '--mac-address', '02:42:0a:e9:02:4d'],
  );
  const of = '{{range .Containers}}{{.Name}} {{.IPv4Address}} {{.MacAddress}}{{end}}';
  expect(await ok(['network', 'inspect', '-f', of, 'shown'])).toBe(
    'box 10.233.2.77/24 02:42:0a:e9:02:4d',
  );
  const [found] = JSON.parse(await ok(['inspect', id])) as object[];
  expect(found).toMatchObject({
    HostConfig: { NetworkMode: 'shown' },
    NetworkSettings: {
      Networks: {
        shown: {
          IPAMConfig: { IPv4Address: '10.233.2.77' },
          IPAddress: '10.233.2.77',
          IPPrefixLen: 24,
          Gateway: '10.233.2.1',
          MacAddress: '02:42:0a:e9:02:4d',
          Aliases: expect.arrayContaining(['www']) as unknown,
        },
      },
    },
  });
  expect(await ok(['ps', '--filter', 'network=shown', '--format', '{{.Networks}}'])).toBe('shown');
});

test('connect and disconnect change a running container', async () => {
  await network('first');
  await network('second', '--subnet', '10.233.3.0/24');
  await sleeper('--network', 'first', '--name', 'mover');
  await ok(['network', 'connect', '--ip', '10.233.3.50', '--alias', 'm', 'second', 'mover']);
  const networks = ['inspect', '-f', '{{json .NetworkSettings.Networks}}', 'mover'];
  expect(Object.keys(JSON.parse(await ok(networks)) as object).sort()).toEqual(['first', 'second']);
  expect(await ok(['exec', 'mover', 'ip', 'addr'])).toContain('10.233.3.50/24');
  expect((await refused(['network', 'connect', 'second', 'mover'])).stderr).toContain(
    'already exists',
  );
  await ok(['network', 'disconnect', 'second', 'mover']);
  expect(await ok(['exec', 'mover', 'ip', 'addr'])).not.toContain('10.233.3.50/24');
  expect(Object.keys(JSON.parse(await ok(networks)) as object)).toEqual(['first']);
});

test.each([
  ['network', 'connect', 'no-such-network', 'box'],
  ['network', 'connect', 'bridge', 'no-such-box'],
  ['network', 'disconnect', 'bridge', 'no-such-box'],
  ['network', 'inspect', 'no-such-network'],
  ['port', 'no-such-box'],
])('%s %s %s of what is missing is refused', async (...args) => {
  expect((await refused(args)).code).toBe(1);
});

test('port and ps show published ports, neighbours joined, and exposed ones', async () => {
  await sleeper(
    ...['--name', 'ports', '--network', 'bridge', '--expose', '70-72'],
    ...['-p', '127.0.0.1:29000-29001:29000-29001', '-p', '127.0.0.1:28080:80/udp'],
  );
  expect(await ok(['ps', '--filter', 'name=ports', '--format', '{{.Ports}}'])).toBe(
    '70-72/tcp, 127.0.0.1:29000-29001->29000-29001/tcp, 127.0.0.1:28080->80/udp',
  );
  expect(lines(await ok(['port', 'ports'])).sort()).toEqual([
    '29000/tcp -> 127.0.0.1:29000',
    '29001/tcp -> 127.0.0.1:29001',
    '80/udp -> 127.0.0.1:28080',
  ]);
  expect(await ok(['port', 'ports', '29000'])).toBe('127.0.0.1:29000');
  expect(await ok(['port', 'ports', '80/udp'])).toBe('127.0.0.1:28080');
  const { code, stderr } = await refused(['port', 'ports', '80/tcp']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/no public port '80\/tcp' published for ports/i);
});

test('ps filters by published and exposed ports', async () => {
  const id = await sleeper('--network', 'bridge', '--expose', '71', '-p', '127.0.0.1:28081:90');
  const found = async (filter: string): Promise<string[]> =>
    lines(await ok(['ps', '-q', '--no-trunc', '--filter', filter]));
  expect(await found('publish=28081')).toEqual([id]);
  expect(await found('publish=28000-28100/tcp')).toEqual([id]);
  expect(await found('publish=90')).toEqual([]);
  expect(await found('expose=71')).toEqual([id]);
  expect(await found('expose=90/tcp')).toEqual([id]);
  expect(await found('expose=72/udp')).toEqual([]);
  expect((await refused(['ps', '--filter', 'publish=x'])).code).toBe(1);
});

test('inspect has the ports that were asked for, and those that are bound while it runs', async () => {
  const id = await sleeper('--network', 'bridge', '--expose', '70', '-p', '127.0.0.1:28082:80');
  const shown = async (): Promise<unknown[]> => {
    const format =
      '[{{json .HostConfig.PortBindings}},{{json .Config.ExposedPorts}},{{json .NetworkSettings.Ports}}]';
    return JSON.parse(await ok(['inspect', '-f', format, id])) as unknown[];
  };
  const bindings = { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '28082' }] };
  const exposed = { '70/tcp': {}, '80/tcp': {} };
  expect(await shown()).toEqual([bindings, exposed, { '70/tcp': null, ...bindings }]);
  await ok(['stop', '-t', '0', id]);
  expect(await shown()).toEqual([bindings, exposed, {}]);
  expect(await ok(['ps', '-a', '--filter', `id=${id}`, '--format', '{{.Ports}}'])).toBe('');
});

test('a port that is taken is refused, and nothing of the container runs', async () => {
  await sleeper('--network', 'bridge', '-p', '127.0.0.1:28083:80');
  const args = [
    'run',
    '--rm',
    '--network',
    'bridge',
    '-p',
    '127.0.0.1:28083:80',
    'busybox',
    'true',
  ];
  const { code, stderr } = await refused(args);
  expect(code).toBe(125);
  expect(stderr).toContain('port is already allocated');
});

test.each([
  [['-p', '70000'], 'invalid containerPort: 70000'],
  [['-p', '8000-8010:90-99'], 'invalid ranges specified for container and host Ports'],
  [['-p', 'a:80'], /invalid hostPort: a/i],
  [['-p', '80/foo'], /invalid proto: foo/i],
  [['--network', 'a', '--network', 'a'], /multiple times|conflicting options|Only one|only one/],
  [['--network', 'host', '--network-alias', 'x'], 'only supported for user'],
  [['--network', 'container:x', '-p', '80'], 'port publishing and the container type network mode'],
  [['--network', 'container:x', '--dns', '1.1.1.1'], 'dns and the network mode'],
  [['--dns', 'x'], 'x'],
  [['--add-host', 'x'], 'bad format for add-host'],
  [['--add-host', 'x:1'], 'invalid IP address in add-host'],
  [['--mac-address', 'x'], 'x is not a valid mac address'],
  [['--network', 'bridge', '--ip', '10.0.0.2'], 'supported on user defined networks only'],
  [['--mount', 'type=volume,src=a'], 'target is required'],
  [['--mount', 'type=bind,src=/a,dst=/b,volume-nocopy'], "cannot mix 'volume-*' options"],
  [['-v', '/a:/b:nosuch'], 'invalid mode: nosuch'],
  [['-v', '/a:b'], 'mount path must be absolute'],
])('run with %j is refused with 125', async (flags, why) => {
  const { code, stderr } = await refused(['run', '--rm', ...flags, 'busybox', 'true']);
  expect(code).toBe(125);
  expect(stderr).toMatch(why instanceof RegExp ? why : new RegExp(escaped(why), 'i'));
});

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
