import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { probeProgram, spaceAddresses } from '@wharf/testing';
import { useEngine } from '../support.js';
import { Loop } from '../support/loop.js';
import { networked } from '../support/networked.js';

const engine = useEngine({ space: true });
const net = networked(engine);
const { host, neighbour } = spaceAddresses;

type Protocol = 'tcp' | 'udp';

/** A flow: what is asked, and whether its answer comes; anything but an answer is a refusal. */
interface Flow {
  readonly to: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly answers: boolean;
}

/** The proof in full has 10000 of them. */
const turns = Number(process.env['WHARF_NETWORK_TURNS'] ?? '25');
const protocols = ['tcp', 'udp'] as const;

/** Both protocols to each address and port. */
function flows(answers: boolean, port: number, ...addresses: readonly string[]): Flow[] {
  return addresses.flatMap((to) => protocols.map((protocol) => ({ to, protocol, port, answers })));
}

type Ask = (...args: string[]) => Promise<string>;

/** Asks for all of them at once; gives those that differ from the table. */
async function wrong(ask: Ask, table: readonly Flow[]): Promise<string[]> {
  const asked = table.flatMap(({ protocol, to, port }) => [protocol, to, String(port)]);
  const found = (await ask('ask', '700', ...asked)).split('\n');
  expect(found).toHaveLength(table.length);
  return table.flatMap(({ protocol, to, port, answers }, at) =>
    (found[at] ?? '').includes(' ') === answers ? [] : [`${protocol} ${to} ${port}: ${found[at]}`],
  );
}

const inside =
  (id: string): Ask =>
  (...args) =>
    net.probe(id, ...args);

let program = '';
const onNeighbour = (): string[] => [
  'nsenter',
  `--net=/run/netns/${engine.space.name}o`,
  '--',
  program,
];

beforeAll(async () => {
  program = await probeProgram();
  // Whatever it wants to reach it sends to the host, which it takes for a router.
  for (const [family, via] of [
    ['-4', host.v4],
    ['-6', host.v6],
  ] as const)
    await engine.space.neighbour(['ip', family, 'route', 'replace', 'default', 'via', via]);
});

const served = ['tcp:80', 'udp:80', 'tcp:81', 'udp:81'] as const;

async function addresses(id: string, network: string): Promise<[string, string]> {
  return [
    await net.endpoint(id, network, 'IPAddress'),
    await net.endpoint(id, network, 'GlobalIPv6Address'),
  ];
}

test('who reaches whom over TCP, UDP and both families is as the table says', async () => {
  await using _far = new Loop([...onNeighbour(), 'serve', 'far', 'tcp:9600', 'udp:9600']);
  await using _host = new Loop([
    ...['nsenter', `--net=/run/netns/${engine.space.name}`, '--', program],
    ...['serve', 'host', 'tcp:9700', `udp:${host.v4}:9700`, `udp:${host.v6}:9700`],
    ...['tcp:127.0.0.1:9701', 'udp:127.0.0.1:9701'],
  ]);
  const [front, back] = [await net.network('--ipv6'), await net.network('--ipv6')];
  const closed = await net.network('--internal', '--ipv6');
  const ports = ['80', '80/udp'].flatMap((port) => ['-p', `8080:${port}`]);
  const loopback = ['81', '81/udp'].flatMap((port) => ['-p', `127.0.0.1:8081:${port}`]);
  const web = await net.serving('web', served, '--network', front, ...ports, ...loopback);
  const safe = await net.serving('safe', served, '--network', closed);
  const [webs, safes] = [await addresses(web, front), await addresses(safe, closed)];
  const peer = await net.up('--network', front);
  const other = await net.up('--network', back);
  const shut = await net.up('--network', closed);
  const hosts = [host.v4, host.v6];
  const neighbours = [neighbour.v4, neighbour.v6];

  const tables: readonly (readonly [string, Ask, readonly Flow[]])[] = [
    [
      'host',
      net.host,
      [
        ...flows(true, 80, ...webs),
        ...flows(true, 81, ...webs),
        ...flows(true, 8080, '127.0.0.1', ...hosts),
        ...flows(true, 8081, '127.0.0.1'),
        ...flows(false, 8081, ...hosts),
      ],
    ],
    [
      'neighbour',
      net.neighbour,
      [
        ...flows(true, 8080, ...hosts),
        ...flows(false, 8081, ...hosts),
        ...flows(false, 80, ...webs, ...safes),
        ...flows(false, 81, ...webs, ...safes),
      ],
    ],
    [
      'peer',
      inside(peer),
      [
        ...flows(true, 80, ...webs),
        ...flows(true, 81, ...webs),
        ...flows(true, 8080, ...hosts),
        ...flows(false, 8081, ...hosts),
        ...flows(false, 80, ...safes),
        ...flows(true, 9600, ...neighbours),
        ...flows(true, 9700, ...hosts),
        ...flows(false, 9701, ...hosts, '127.0.0.1'),
      ],
    ],
    [
      'other',
      inside(other),
      [
        ...flows(false, 80, ...webs, ...safes),
        ...flows(false, 81, ...webs, ...safes),
        ...flows(true, 8080, ...hosts),
        ...flows(true, 9600, ...neighbours),
      ],
    ],
    [
      'shut',
      inside(shut),
      [
        ...flows(true, 80, ...safes),
        ...flows(false, 80, ...webs),
        ...flows(false, 8080, ...hosts),
        ...flows(false, 9600, ...neighbours),
      ],
    ],
  ];
  const found = await Promise.all(
    tables.map(async ([from, ask, table]) =>
      (await wrong(ask, table)).map((each) => `${from} ${each}`),
    ),
  );
  expect(found.flat()).toEqual([]);
});

test('what a neighbour sends for somebody else is not taken for a published port', async () => {
  await net.serving('web', served, '-p', '8082:80', '-p', `${host.v4}:8083:80`);
  const foreign = ['203.0.113.9', '10.255.1.1'];
  expect(await wrong(net.neighbour, flows(false, 8082, ...foreign))).toEqual([]);
  expect(await wrong(net.neighbour, flows(false, 8083, ...foreign))).toEqual([]);
  expect(await net.neighbour('ask', '700', 'tcp', host.v4, '8083')).toBe(`web ${neighbour.v4}`);
});

test('a neighbour that claims the address of a container reaches nobody by it', async () => {
  const network = await net.network();
  const web = await net.serving('web', served, '--network', network);
  const peer = await net.up('--network', network);
  const [v4, claimed] = [
    await net.endpoint(web, network, 'IPAddress'),
    await net.endpoint(peer, network, 'IPAddress'),
  ];
  await engine.space.neighbour(['ip', 'address', 'add', `${claimed}/32`, 'dev', 'lo']);
  try {
    const route = ['ip', 'route', 'add', v4, 'via', host.v4, 'src', claimed];
    expect((await engine.space.neighbour(route)).code).toBe(0);
    await net.neighbour('ask', '500', 'udp', v4, '80', 'tcp', v4, '80');
    expect(await wrong(net.neighbour, flows(false, 80, v4))).toEqual([]);
  } finally {
    await engine.space.neighbour(['ip', 'route', 'del', v4]);
    await engine.space.neighbour(['ip', 'address', 'del', `${claimed}/32`, 'dev', 'lo']);
  }
});

test('a container that claims to be a router is believed by nobody', async () => {
  const network = await net.network('--ipv6');
  const rogue = await net.up('--network', network, '--cap-add', 'NET_RAW');
  const peer = await net.up('--network', network);
  const space = `--net=/proc/${await engine.inspect(peer, '{{.State.Pid}}')}/ns/net`;
  const ofPeer = async (...command: string[]): Promise<string> =>
    (await engine.space.host(['nsenter', space, '--', ...command])).stdout;
  const seen = async (): Promise<string> =>
    (await ofPeer('ip', '-6', 'address')) + (await ofPeer('ip', '-6', 'route'));
  const advertise = (): Promise<string> => net.probe(rogue, 'advertise', 'eth0', '2001:db8:bad::');
  for (let time = 0; time < 3; time++) await advertise();
  await sleep(500);
  expect(await seen()).not.toMatch(/2001:db8:bad|proto ra/);
  for (const what of ['address', 'route']) {
    const { stdout } = await engine.space.host(['ip', '-6', what]);
    expect(stdout).not.toMatch(/2001:db8:bad|proto ra/);
  }
  // It was heard: who wants to believe does.
  await ofPeer('sysctl', '-w', 'net.ipv6.conf.eth0.accept_ra=2');
  await expect
    .poll(async () => {
      await advertise();
      return seen();
    })
    .toMatch(/2001:db8:bad.*proto ra/s);
});

test('connects and disconnects leave nothing', { timeout: 60_000 + turns * 300 }, async () => {
  const network = await net.network('--subnet', '10.75.0.0/29');
  const id = await net.up();
  const links = async (): Promise<number> =>
    (await engine.space.host(['ip', '-brief', 'link'])).stdout.split('\n').length;
  const before = await links();
  for (let turn = 0; turn < turns; turn++) {
    await engine.ok(['network', 'connect', network, id]);
    await engine.ok(['network', 'disconnect', network, id]);
  }
  expect(await links()).toBe(before);
  // Five addresses of the eight are for containers, and all of them are free.
  for (let more = 0; more < 5; more++) await net.up('--network', network);
});

test('a container reaches neither the daemon nor what the host has on loopback', async () => {
  const id = await net.up();
  const gateway = await net.endpoint(id, 'bridge', 'Gateway');
  await using _host = new Loop([
    ...['nsenter', `--net=/run/netns/${engine.space.name}`, '--', program],
    ...['serve', 'host', 'tcp:127.0.0.1:9702', 'udp:127.0.0.1:9702'],
  ]);
  await expect
    .poll(() => net.host('ask', '700', 'tcp', '127.0.0.1', '9702'))
    .toBe('host 127.0.0.1');
  expect(await wrong(inside(id), flows(false, 9702, gateway, host.v4))).toEqual([]);
  const sockets = await net.exec(id, 'sh', '-c', 'cat /proc/net/unix | wc -l');
  expect(sockets).toBe('1');
});
