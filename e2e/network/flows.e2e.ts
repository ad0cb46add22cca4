import { spawn, type ChildProcess } from 'node:child_process';
import {
  makeSpace,
  spaceAddresses,
  startDaemon,
  type Space,
  type TestDaemon,
} from '@wharf/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unhurried } from '../support/patience.js';

const { v4: hostAddress, v6: hostAddress6 } = spaceAddresses.host;
const { v4: neighbourAddress, v6: neighbourAddress6 } = spaceAddresses.neighbour;

let lab: Space;
let daemon: TestDaemon;
let server: ChildProcess;
/** What the server of the neighbour has written. */
let seen = '';
/** Addresses of the container web, by family. */
const web = { 4: '', 6: '' };

const served =
  'mkdir -p /w; echo hello >/w/index.html; httpd -p 81 -h /w; exec httpd -f -vv -p 80 -h /w';

async function ok(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await daemon.wharf(args);
  expect(code, `${args.join(' ')}: ${stderr}`).toBe(0);
  return stdout.trim();
}

beforeAll(async () => {
  lab = await makeSpace();
  // Whatever the neighbour wants to reach, it asks the host for it.
  await lab.neighbour(['ip', 'route', 'add', 'default', 'via', hostAddress]);
  await lab.neighbour(['ip', '-6', 'route', 'add', 'default', 'via', hostAddress6]);
  daemon = await startDaemon({ space: lab.name });
  const serve = ['busybox', 'httpd', '-f', '-vv', '-p', '9000', '-h', '/srv'];
  server = spawn('nsenter', [`--net=/run/netns/${lab.name}o`, ...serve], { stdio: 'pipe' });
  server.stderr?.setEncoding('utf8').on('data', (chunk: string) => (seen += chunk));
  await ok('image', 'bootstrap', 'busybox');
  await ok('network', 'create', '--ipv6', 'front');
  await ok('network', 'create', '--ipv6', 'back');
  await ok('network', 'create', '--internal', '--ipv6', 'vault');
  await ok('network', 'create', '-o', 'com.docker.network.bridge.enable_icc=false', 'strict');
  await ok(
    'network',
    'create',
    '-o',
    'com.docker.network.bridge.gateway_mode_ipv4=routed',
    'routed',
  );
  const ports = ['-p', '8080:80', '-p', '127.0.0.1:8081:80'];
  await ok(
    'run',
    '-d',
    '--name',
    'web',
    '--network',
    'front',
    ...ports,
    'busybox',
    'sh',
    '-c',
    served,
  );
  await ok(
    'run',
    '-d',
    '--name',
    'direct',
    '--network',
    'routed',
    '-p',
    '80',
    'busybox',
    'sh',
    '-c',
    served,
  );
  await ok('run', '-d', '--name', 'safe', '--network', 'vault', 'busybox', 'sh', '-c', served);
  for (const [name, network] of [
    ['peer', 'front'],
    ['other', 'back'],
    ['shut', 'vault'],
    ['lone', 'strict'],
    ['loner', 'strict'],
  ] as const)
    await ok('run', '-d', '--name', name, '--network', network, 'busybox', 'sh', '-c', served);
  const networks = '{{json .NetworkSettings.Networks}}';
  const { front } = JSON.parse(await ok('inspect', '-f', networks, 'web')) as {
    front: { IPAddress: string; GlobalIPv6Address: string };
  };
  web[4] = front.IPAddress;
  web[6] = front.GlobalIPv6Address;
}, 120_000);

afterAll(async () => {
  server.kill();
  await daemon[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
}, 60_000);

async function addressOf(container: string, network: string): Promise<string> {
  const networks = await ok('inspect', '-f', '{{json .NetworkSettings.Networks}}', container);
  return (JSON.parse(networks) as Record<string, { IPAddress: string }>)[network]?.IPAddress ?? '';
}

/** Whether something answers there: from the host, from its neighbour, or from a container. */
async function reaches(from: string, address: string, port: number): Promise<boolean> {
  const url = `http://${address.includes(':') ? `[${address}]` : address}:${port}/`;
  const curl = ['curl', '-gs', '-m', '1', '-o', '/dev/null', '--noproxy', '*', url];
  if (from === 'host') return (await lab.host(curl)).code === 0;
  if (from === 'neighbour') return (await lab.neighbour(curl)).code === 0;
  const probe = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 1 ${address} ${port} | grep -q HTTP`;
  return (await daemon.wharf(['exec', from, 'sh', '-c', probe])).code === 0;
}

type Flow = readonly [from: string, to: string, port: number, reached: boolean];

const flows = (): readonly Flow[] => [
  ['host', web[4], 80, true],
  ['host', web[4], 81, true],
  ['host', web[6], 80, true],
  ['host', '127.0.0.1', 8080, true],
  ['host', '127.0.0.1', 8081, true],
  ['host', hostAddress, 8080, true],
  ['host', hostAddress6, 8080, true],
  ['host', hostAddress, 8081, false],
  ['neighbour', hostAddress, 8080, true],
  ['neighbour', hostAddress6, 8080, true],
  ['neighbour', hostAddress, 8081, false],
  ['neighbour', web[4], 80, false],
  ['neighbour', web[4], 81, false],
  ['neighbour', web[6], 80, false],
  ['peer', web[4], 80, true],
  ['peer', web[4], 81, true],
  ['peer', web[6], 80, true],
  ['peer', hostAddress, 8080, true],
  ['web', hostAddress, 8080, true],
  ['web', hostAddress6, 8080, true],
  ['peer', neighbourAddress, 9000, true],
  ['peer', neighbourAddress6, 9000, true],
  ['other', web[4], 80, false],
  ['other', web[6], 80, false],
  ['other', hostAddress, 8080, true],
  ['other', hostAddress6, 8080, true],
  ['shut', web[4], 80, false],
  ['shut', web[6], 80, false],
  ['shut', hostAddress, 8080, false],
  ['shut', neighbourAddress, 9000, false],
  ['shut', neighbourAddress6, 9000, false],
];

test('who reaches whom is as the table says, in both families', async () => {
  const table = flows();
  const found = [];
  for (const [from, to, port] of table) found.push([from, to, port, await reaches(from, to, port)]);
  expect(found).toEqual(table);
}, 120_000);

test('containers of an internal network reach each other, the host reaches them, nobody else does', async () => {
  const safe = await addressOf('safe', 'vault');
  expect(await reaches('shut', safe, 80)).toBe(true);
  expect(await reaches('host', safe, 80)).toBe(true);
  expect(await reaches('neighbour', safe, 80)).toBe(false);
  expect(await reaches('peer', safe, 80)).toBe(false);
});

test('without talk among its containers a network lets them out all the same', async () => {
  const loner = await addressOf('loner', 'strict');
  expect(await reaches('lone', loner, 80)).toBe(false);
  expect(await reaches('host', loner, 80)).toBe(true);
  expect(await reaches('lone', neighbourAddress, 9000)).toBe(true);
});

test('a routed network is reached at its own addresses, at published ports alone', async () => {
  const direct = await addressOf('direct', 'routed');
  expect(await reaches('neighbour', direct, 80)).toBe(true);
  expect(await reaches('neighbour', direct, 81)).toBe(false);
});

test('the address of who asks is kept on the way in and hidden on the way out', async () => {
  await reaches('neighbour', hostAddress, 8080);
  expect((await daemon.wharf(['logs', 'web'])).stderr).toContain(neighbourAddress);
  await reaches('peer', neighbourAddress, 9000);
  expect(seen).toContain(hostAddress);
});

test('packets of the neighbour for the loopback of the host do not arrive', async () => {
  await lab.host(['sysctl', '-qw', 'net.ipv4.conf.up0.route_localnet=1']);
  await lab.neighbour(['sysctl', '-qw', 'net.ipv4.conf.all.route_localnet=1']);
  await lab.neighbour(['ip', 'rule', 'add', 'priority', '5', 'to', '127.0.0.1', 'lookup', '99']);
  await lab.neighbour(['ip', 'rule', 'add', 'priority', '9', 'lookup', 'local']);
  await lab.neighbour(['ip', 'rule', 'delete', 'priority', '0']);
  await lab.neighbour(['ip', 'route', 'add', '127.0.0.1', 'via', hostAddress, 'table', '99']);
  expect(await reaches('neighbour', '127.0.0.1', 8081)).toBe(false);
  expect(await reaches('neighbour', '127.0.0.1', 8080)).toBe(false);
  expect(await reaches('neighbour', hostAddress, 8080)).toBe(true);
});

const nobody: readonly Flow[] = [
  ['neighbour', hostAddress, 8080, false],
  ['shut', neighbourAddress, 9000, false],
];

test('a filter that is flushed is back within two seconds', async () => {
  await lab.host(['nft', 'flush', 'ruleset']);
  const begin = performance.now();
  await expect
    .poll(() => reaches('neighbour', hostAddress, 8080), { timeout: 30_000, interval: 50 })
    .toBe(true);
  expect(performance.now() - begin).toBeLessThan(unhurried(2000));
});

test('while nobody restores a flushed filter nothing is forwarded that was not', async () => {
  await daemon.kill9();
  expect(await reaches('neighbour', hostAddress, 8080)).toBe(true);
  await lab.host(['nft', 'flush', 'ruleset']);
  const safe: Flow[] = [];
  for (const [from, to, port, reached] of [...flows(), ...nobody])
    if (!reached && (from === 'neighbour' || from === 'host'))
      safe.push([from, to, port, await reaches(from, to, port)]);
  expect(safe.filter(([, , , reached]) => reached)).toEqual([]);
  await daemon.start();
  expect(await reaches('neighbour', hostAddress, 8080)).toBe(true);
}, 60_000);

test('a firewall that drops what is forwarded lets through what is published', async () => {
  await lab.host(['iptables', '-P', 'FORWARD', 'DROP']);
  await expect
    .poll(() => reaches('neighbour', hostAddress, 8080), { timeout: 4000, interval: 100 })
    .toBe(true);
  expect(await reaches('peer', neighbourAddress, 9000)).toBe(true);
  expect(await reaches('neighbour', web[4], 80)).toBe(false);
});
