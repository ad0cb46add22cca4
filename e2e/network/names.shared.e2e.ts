import { beforeAll, expect, test } from 'vitest';
import { isOracle } from '@wharf/testing';
import { useEngine } from '../support.js';
import { nameServer } from '../support/name-server.js';
import type { NameServer } from '../support/name-server.js';
import { networked } from '../support/networked.js';

const engine = useEngine({ space: true });
const { ok } = engine;
const net = networked(engine);
const own = '127.0.0.11';
let upstream: NameServer;

beforeAll(async () => {
  upstream = await nameServer(engine.space);
  return () => upstream[Symbol.asyncDispose]();
});

/** What the server that a container has in its resolv.conf says. */
function asks(id: string, name: string, type = 'A', protocol = 'udp'): Promise<string> {
  return net.probe(id, 'dns', '2000', own, protocol, type, name);
}

const address = (id: string, network: string): Promise<string> =>
  net.endpoint(id, network, 'IPAddress');

const reversed = (ip: string): string => `${ip.split('.').reverse().join('.')}.in-addr.arpa`;

test('on a network of its own a container is known by name, short id and alias', async () => {
  const network = await net.network();
  const name = net.name('web');
  const alias = net.name('alias');
  const id = await net.up('--network', network, '--name', name, '--network-alias', alias);
  const other = await net.up('--network', network);
  const ip = await address(id, network);
  for (const known of [name, id.slice(0, 12), alias]) {
    expect(await asks(other, known)).toBe(`NOERROR ${ip}`);
    expect(await asks(other, known, 'A', 'tcp')).toBe(`NOERROR ${ip}`);
  }
  expect(await asks(other, name.toUpperCase())).toBe(`NOERROR ${ip}`);
});

test('a container knows itself by name', async () => {
  const network = await net.network();
  const name = net.name('self');
  const id = await net.up('--network', network, '--name', name);
  expect(await asks(id, name)).toBe(`NOERROR ${await address(id, network)}`);
});

test('an address has the name of its container and network', async () => {
  const network = await net.network();
  const name = net.name('web');
  const id = await net.up('--network', network, '--name', name);
  const other = await net.up('--network', network);
  const answer = await asks(other, reversed(await address(id, network)), 'PTR');
  expect(answer).toBe(`NOERROR ${name}.${network}`);
  expect(await asks(other, `${name}.${network}`)).toMatch(/^NOERROR \d/);
});

test('a name of containers that all have the alias gives all of them, in turn', async () => {
  const network = await net.network();
  const alias = net.name('service');
  const flags = ['--network', network, '--network-alias', alias];
  const ids = [await net.up(...flags), await net.up(...flags), await net.up(...flags)];
  const wanted = await Promise.all(ids.map((id) => address(id, network)));
  const other = await net.up('--network', network);
  const firsts = new Set<string>();
  for (let turn = 0; turn < 12 && firsts.size < 2; turn++) {
    const [code, ...found] = (await asks(other, alias)).split(' ');
    expect(code).toBe('NOERROR');
    firsts.add(found[0] ?? '');
    expect(found.sort()).toEqual(wanted.sort());
  }
  expect(firsts.size).toBeGreaterThan(1);
});

test('a name without an address of the family has an empty answer', async () => {
  const network = await net.network();
  const name = net.name('web');
  await net.up('--network', network, '--name', name);
  const other = await net.up('--network', network);
  expect(await asks(other, name, 'AAAA')).toBe('NOERROR');
});

test('names of other networks are not given', async () => {
  const [one, two] = [await net.network(), await net.network()];
  const name = net.name('web');
  const id = await net.up('--network', one, '--name', name);
  const other = await net.up('--network', two);
  expect(await asks(other, name)).not.toContain(await address(id, one));
});

test('names come with a connect and go with a disconnect, a stop and a removal', async () => {
  const network = await net.network();
  const name = net.name('late');
  const other = await net.up('--network', network);
  const id = await net.up('--name', name);
  const known = async (): Promise<boolean> => /^NOERROR \d/.test(await asks(other, name));
  expect(await known()).toBe(false);
  await ok(['network', 'connect', '--alias', `${name}-alias`, network, name]);
  expect(await known()).toBe(true);
  expect(await asks(other, `${name}-alias`)).toMatch(/^NOERROR \d/);
  await ok(['network', 'disconnect', network, name]);
  expect(await known()).toBe(false);
  expect(await asks(other, `${name}-alias`)).not.toMatch(/^NOERROR \d/);
  await ok(['network', 'connect', network, name]);
  await ok(['stop', '-t', '0', id]);
  expect(await known()).toBe(false);
  await ok(['start', id]);
  expect(await known()).toBe(true);
  await ok(['rm', '-f', id]);
  expect(await known()).toBe(false);
});

test('a renamed container is known by its new name', async () => {
  const network = await net.network();
  const [before, after] = [net.name('before'), net.name('after')];
  const id = await net.up('--network', network, '--name', before);
  const other = await net.up('--network', network);
  await ok(['rename', before, after]);
  expect(await asks(other, after)).toBe(`NOERROR ${await address(id, network)}`);
  expect(await asks(other, before)).not.toMatch(/^NOERROR \d/);
});

test('--link gives a name on a network of its own', async () => {
  const network = await net.network();
  const target = net.name('target');
  const id = await net.up('--network', network, '--name', target);
  const linked = await net.up('--network', network, '--link', `${target}:db`);
  expect(await asks(linked, 'db')).toBe(`NOERROR ${await address(id, network)}`);
});

test('other names are asked of the servers of the host, by UDP and TCP', async () => {
  const id = await net.up('--network', await net.network());
  expect(await asks(id, 'known.example')).toBe('NOERROR 198.51.100.7');
  expect(await asks(id, 'known.example', 'AAAA')).toBe('NOERROR 2001:db8:ffff::7');
  expect(await asks(id, 'known.example', 'A', 'tcp')).toBe('NOERROR 198.51.100.7');
  expect(await asks(id, 'unknown.example')).toBe('NXDOMAIN');
  expect(await asks(id, reversed('198.51.100.7'), 'PTR')).toBe('NOERROR known.example');
});

test('an answer that is too large for a datagram says so, and is had by TCP', async () => {
  const id = await net.up('--network', await net.network());
  expect(await asks(id, 'large.example')).toMatch(/^NOERROR truncated/);
  const answer = await asks(id, 'large.example', 'A', 'tcp');
  expect(answer.split(' ')).toHaveLength(101);
});

test('--dns names the servers that are asked', async () => {
  const network = await net.network();
  const id = await net.up('--network', network, '--dns', '198.51.100.7');
  expect(await asks(id, 'known.example')).toBe('NOERROR 198.51.100.7');
  expect(await upstream.asked('known.example')).toContain('198.51.100.7');
});

test('on the default bridge names are not known, and the servers of the host are asked', async () => {
  const name = net.name('plain');
  await net.up('--name', name);
  const id = await net.up();
  const server =
    /^nameserver (.*)$/m.exec(await net.exec(id, 'cat', '/etc/resolv.conf'))?.[1] ?? '';
  expect(await net.probe(id, 'dns', '2000', server, 'udp', 'A', 'known.example')).toBe(
    'NOERROR 198.51.100.7',
  );
  expect(await net.probe(id, 'dns', '2000', server, 'udp', 'A', name)).not.toMatch(/^NOERROR \d/);
});

test('an internal network knows its names and asks nobody', { skip: isOracle() }, async () => {
  const network = await net.network('--internal');
  const name = net.name('inside');
  const id = await net.up('--network', network, '--name', name);
  const other = await net.up('--network', network);
  expect(await asks(other, name)).toBe(`NOERROR ${await address(id, network)}`);
  const secret = `${net.name('secret')}.example`;
  for (const protocol of ['udp', 'tcp']) {
    expect(await asks(other, secret, 'A', protocol)).not.toMatch(/^NOERROR \d/);
  }
  expect(await upstream.asked(secret)).toEqual([]);
});

test('programs of the image resolve names', async () => {
  const network = await net.network();
  const name = net.name('web');
  const id = await net.up('--network', network, '--name', name);
  const other = await net.up('--network', network);
  expect(await net.exec(other, 'nslookup', name)).toContain(await address(id, network));
});
