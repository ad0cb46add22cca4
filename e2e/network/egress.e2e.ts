import { inNamespace, probeProgram, spaceAddresses } from '@wharf/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import { useEngine } from '../support.js';
import { nameServer } from '../support/name-server.js';
import { networked } from '../support/networked.js';
import { ourProcesses } from '../support/processes.js';
import { Session } from '../support/session.js';

const engine = useEngine({ space: true });
const { ok, refused } = engine;
const net = networked(engine);
const { far, neighbour, host } = spaceAddresses;
/** An answer of a server that was let through. */
const answered = expect.stringMatching(/^far /);

beforeAll(async () => {
  const names = await nameServer(engine.space);
  const serve = [await probeProgram(), 'serve', 'far', 'tcp:443', 'tcp:80', 'udp:9'];
  const [program = '', ...args] = inNamespace(`${engine.space.name}o`, serve);
  const server = new Session(program, args, {});
  await server.until('serves');
  return async () => {
    await server[Symbol.asyncDispose]();
    await names[Symbol.asyncDispose]();
  };
});

const ask = (id: string, to: string, port = 443, protocol = 'tcp'): Promise<string> =>
  net.probe(id, 'ask', '1500', protocol, to, String(port));
const look = (id: string, name: string, type = 'A'): Promise<string> =>
  net.probe(id, 'dns', '3000', '127.0.0.11', 'udp', type, name);

const network6 = (...flags: string[]): Promise<string> =>
  net.network('--ipv6', '--subnet', 'fd00:7:7::/64', ...flags);

describe('a container that may reach one name', () => {
  test('resolves and reaches it, at its port alone', async () => {
    const network = await network6();
    const id = await net.up('--network', network, '--egress', 'allow=known.example:443');
    expect(await look(id, 'known.example')).toBe(`NOERROR ${far.v4}`);
    expect(await ask(id, 'known.example')).toEqual(answered);
    expect(await ask(id, 'known.example', 80)).toBe('refused');
    expect(await look(id, 'known.example', 'AAAA')).toBe(`NOERROR ${far.v6}`);
    expect(await ask(id, far.v6)).toEqual(answered);
    expect(await ask(id, far.v6, 80)).toBe('refused');
  });

  test('does not reach its address before it has asked for the name', async () => {
    const network = await network6();
    const id = await net.up('--network', network, '--egress', 'allow=known.example');
    expect(await ask(id, far.v4)).toBe('refused');
    expect(await ask(id, far.v6)).toBe('refused');
    expect(await ask(id, 'known.example', 80)).toEqual(answered);
    expect(await ask(id, far.v4)).toEqual(answered);
  });

  test('is refused other names and addresses at once, of the host and of the neighbour', async () => {
    const network = await network6();
    const id = await net.up('--network', network, '--egress', 'allow=known.example');
    const gateway = await net.endpoint(id, network, 'Gateway');
    const begin = performance.now();
    expect(await look(id, 'other.example')).toBe('REFUSED');
    expect(await ask(id, 'other.example')).toBe('no-name');
    for (const to of [neighbour.v4, neighbour.v6, host.v4, host.v6, gateway])
      expect({ to, is: await ask(id, to) }).toEqual({ to, is: 'refused' });
    expect(await ask(id, neighbour.v4, 9, 'udp')).toBe('unreachable');
    expect(performance.now() - begin).toBeLessThan(7000);
  });
});

test('what a name says of metadata servers is not believed', async () => {
  const id = await net.up('--egress', 'allow=metadata.example');
  expect(await look(id, 'metadata.example')).toBe('NOERROR 169.254.169.254');
  expect(await ask(id, '169.254.169.254', 80)).toBe('refused');
});

test('an address is forgotten some seconds after its TTL, and learned again by the next question', async () => {
  const id = await net.up('--egress', 'allow=brief.example');
  expect(await ask(id, 'brief.example')).toEqual(answered);
  expect(await ask(id, far.v4)).toEqual(answered);
  await expect.poll(() => ask(id, far.v4), { timeout: 30_000, interval: 1000 }).toBe('refused');
  expect(await ask(id, 'brief.example')).toEqual(answered);
});

test('addresses and networks may be allowed by number, with ports and without', async () => {
  const network = await network6();
  const allow = `allow=198.51.100.0/24:443,[${far.v6}]:443,${neighbour.v4}`;
  const id = await net.up('--network', network, '--egress', allow);
  expect(await ask(id, far.v4)).toEqual(answered);
  expect(await ask(id, far.v6)).toEqual(answered);
  expect(await ask(id, neighbour.v4, 80)).toEqual(answered);
  expect(await ask(id, far.v4, 80)).toBe('refused');
  expect(await ask(id, far.v6, 80)).toBe('refused');
});

test('a subdomain of *.DOMAIN is allowed, the domain is not', async () => {
  const id = await net.up('--egress', 'allow=*.example');
  expect(await ask(id, 'known.example')).toEqual(answered);
  expect(await look(id, 'example')).toBe('REFUSED');
});

test('deny leaves the network itself: its containers by name and address', async () => {
  const network = await net.network('--egress', 'deny');
  const web = net.name('web');
  const served = await net.serving('peer', ['tcp:80'], '--network', network, '--name', web);
  const id = await net.up('--network', network);
  expect(await ask(id, web, 80)).toMatch(/^peer /);
  expect(await ask(id, await net.endpoint(served, network, 'IPAddress'), 80)).toMatch(/^peer /);
  expect(await ask(id, far.v4)).toBe('refused');
  expect(await look(id, 'known.example')).toBe('REFUSED');
});

test('who may not leave still serves: published ports answer from outside', async () => {
  await net.serving('caged', ['tcp:80'], '--egress', 'deny', '-p', '18080:80');
  expect(await net.neighbour('ask', '1000', 'tcp', host.v4, '18080')).toMatch(/^caged /);
});

test('addresses of the link are refused as others are, and the gateway is found all the same', async () => {
  const network = await network6();
  const open = await net.up('--network', network);
  const id = await net.up('--network', network, '--egress', `allow=${far.v6}`);
  const bridge = `wb-${(await ok(['network', 'inspect', '-f', '{{.Id}}', network])).slice(0, 12)}`;
  const { stdout } = await engine.space.host([
    'ip',
    '-6',
    '-j',
    'address',
    'show',
    bridge,
    'scope',
    'link',
  ]);
  const links = JSON.parse(stdout) as { addr_info?: { local?: string }[] }[];
  const [address] = links
    .flatMap(({ addr_info: info = [] }) => info)
    .flatMap(({ local: each }) => each ?? []);
  const [program = '', ...args] = inNamespace(engine.space.name, [
    ...[await probeProgram(), 'serve', 'host', 'tcp:81'],
  ]);
  await using server = new Session(program, args, {});
  await server.until('serves');
  const local = `${address}%eth0`;
  const said = async (from: string): Promise<string> =>
    (await engine.cli(['exec', from, 'nc', '-w', '2', local, '81'])).stdout;
  expect(await said(open)).toMatch(/^host fe80/);
  expect(await said(id)).toBe('');
  expect(await ask(id, far.v6)).toEqual(answered);
});

test('policies of a container and of its networks hold together', async () => {
  const network = await net.network('--egress', 'allow=198.51.100.0/24');
  const allow = `allow=${far.v4}:443,${neighbour.v4}`;
  const id = await net.up('--network', network, '--egress', allow);
  expect(await ask(id, far.v4)).toEqual(answered);
  expect(await ask(id, far.v4, 80)).toBe('refused');
  expect(await ask(id, neighbour.v4)).toBe('refused');
});

test('a policy comes and goes with a live connect and disconnect', async () => {
  const network = await net.network('--egress', 'deny');
  const id = await net.up();
  expect(await ask(id, far.v4)).toEqual(answered);
  await ok(['network', 'connect', network, id]);
  expect(await ask(id, far.v4)).toBe('refused');
  await ok(['network', 'disconnect', network, id]);
  expect(await ask(id, far.v4)).toEqual(answered);
});

test.each([['host'], ['container:other']])('is refused with network %s', async (mode) => {
  if (mode !== 'host') await net.up('--name', 'other');
  const { code, stderr } = await refused([
    ...['run', '--rm', '--network', mode, '--egress', 'deny', 'busybox', 'true'],
  ]);
  expect(code).toBe(125);
  expect(stderr).toMatch(/egress/);
});

test('a refusal is an event with container, destination, port and protocol', async () => {
  const name = net.name('caged');
  const id = await net.up('--name', name, '--egress', 'deny');
  expect(await ask(id, far.v4, 8443)).toBe('refused');
  const template = '{{.Type}} {{.Action}} {{json .Actor.Attributes}}';
  const denied = (): Promise<string[]> =>
    engine.events(['event=egress-denied', `container=${name}`], template);
  await expect.poll(denied).toHaveLength(1);
  const [line = ''] = await denied();
  expect(line).toMatch(/^network egress-denied /);
  expect(JSON.parse(line.slice(line.indexOf('{')))).toEqual({
    ...{ name: 'bridge', container: id, containerName: name },
    ...{ destination: far.v4, port: '8443', protocol: 'tcp' },
  });
});

test('a name that was refused is an event too', async () => {
  const name = net.name('caged');
  const id = await net.up('--name', name, '--egress', 'allow=known.example');
  expect(await look(id, 'other.example')).toBe('REFUSED');
  const template =
    '{{index .Actor.Attributes "destination"}} {{index .Actor.Attributes "protocol"}}';
  const denied = (): Promise<string[]> =>
    engine.events(['event=egress-denied', `container=${name}`], template);
  await expect.poll(denied, { timeout: 4000 }).toEqual(['other.example dns']);
});

test('of many refusals some are events, and one counts the rest', async () => {
  const name = net.name('flood');
  const id = await net.up('--name', name, '--egress', 'deny');
  const many = Array.from({ length: 60 }, (_, n) => ['tcp', far.v4, String(9000 + n)]).flat();
  await net.probe(id, 'ask', '1500', ...many);
  const template = '{{index .Actor.Attributes "dropped"}}';
  const dropped = async (): Promise<string[]> =>
    engine.events(['event=egress-denied', `container=${name}`], template);
  await expect
    .poll(async () => (await dropped()).some((count) => Number(count) > 0), { timeout: 5000 })
    .toBe(true);
  const lines = await dropped();
  expect(lines.length).toBeLessThanOrEqual(12);
  const counted = lines.filter((count) => Number(count) > 0).map(Number);
  expect(lines.length - counted.length + counted.reduce((sum, each) => sum + each, 0)).toBe(60);
});

test('the policy holds and allowed names work while the daemon is dead, and after a new one has come', async () => {
  const network = await net.network('--egress', 'allow=known.example');
  const id = await net.up('--network', network);
  expect(await ask(id, 'known.example')).toEqual(answered);
  const pid = Number(await engine.inspect(id, '{{.State.Pid}}'));
  const inside = async (...args: string[]): Promise<string> => {
    const enter = ['nsenter', `-t${pid}`, '-n', '-m', '/probe', ...args];
    return (await engine.space.host(enter)).stdout.trim();
  };
  await engine.daemon.kill9();
  expect(await inside('ask', '1500', 'tcp', far.v4, '443')).toEqual(answered);
  expect(await inside('ask', '1500', 'tcp', neighbour.v4, '443')).toBe('refused');
  expect(await inside('ask', '3000', 'tcp', 'known.example', '443')).toEqual(answered);
  await engine.daemon.start();
  // What was learned before is known after the table was written anew, without another question.
  expect(await ask(id, far.v4)).toEqual(answered);
  expect(await ask(id, neighbour.v4)).toBe('refused');
  expect(await look(id, 'other.example')).toBe('REFUSED');
});

test('a table that somebody flushed comes back with what was learned', async () => {
  const id = await net.up('--egress', 'allow=known.example');
  expect(await ask(id, 'known.example')).toEqual(answered);
  await engine.space.host(['nft', 'flush', 'ruleset']);
  await expect.poll(() => ask(id, neighbour.v4), { timeout: 5000 }).toBe('refused');
  await expect.poll(() => ask(id, far.v4), { timeout: 5000 }).toEqual(answered);
});

test('a resolver that was killed is there again, with its policies', async () => {
  const id = await net.up('--egress', 'allow=known.example');
  expect(await ask(id, 'known.example')).toEqual(answered);
  const [before = 0, ...others] = await ourProcesses(engine.daemon, 'wharf-resolver');
  expect(before).toBeGreaterThan(1);
  expect(others).toEqual([]);
  process.kill(before, 'SIGKILL');
  expect(await ask(id, far.v4)).toEqual(answered);
  await expect.poll(() => look(id, 'known.example'), { timeout: 15_000 }).toBe(`NOERROR ${far.v4}`);
  expect(await look(id, 'other.example')).toBe('REFUSED');
  expect(await ask(id, neighbour.v4)).toBe('refused');
});
