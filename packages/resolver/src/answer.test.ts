import type { ResolverSandbox } from '@wharf/api/resolver';
import packet from 'dns-packet';
import { expect, test } from 'vitest';
import { allowedPorts, answer, answerHost, type Resolving } from './answer.js';
import { Zones } from './zones.js';

const sandbox = (containerId: string, networks: Record<string, string[]>): ResolverSandbox => ({
  containerId,
  path: '',
  networks: Object.entries(networks).map(([networkId, addresses]) => ({
    networkId,
    internal: networkId.startsWith('internal'),
    names: [containerId, 'both'],
    addresses,
  })),
  upstream: [],
});

const query = (name: string, type: packet.RecordType = 'A') =>
  packet.encode({ type: 'query', id: 1, questions: [{ name, type }] });

function house(...sandboxes: readonly ResolverSandbox[]) {
  const zones = new Zones();
  for (const each of sandboxes) zones.put(each);
  const forwarded: string[] = [];
  const permitted: unknown[] = [];
  const resolving: Resolving = {
    zones,
    forward: (_, message, { name }) => {
      forwarded.push(name);
      const { questions } = packet.decode(message);
      return Promise.resolve(
        packet.encode({
          type: 'response',
          id: 1,
          questions: questions ?? [],
          answers: [{ name, type: 'A', ttl: 9, data: '192.0.2.7' }],
        }),
      );
    },
    permit: (_sandbox, _egress, ports, addresses) => {
      permitted.push({ ports, addresses });
      return Promise.resolve();
    },
  };
  const ask = async (by: ResolverSandbox, name: string, type?: packet.RecordType) => {
    const bytes = await answer(resolving, by, query(name, type), false);
    if (bytes === undefined) throw new TypeError('no answer');
    // Its types know no rcode.
    const { rcode, answers = [] } = packet.decode(bytes) as packet.DecodedPacket & {
      readonly rcode: string;
    };
    return { rcode, data: answers.map((each) => ('data' in each ? each.data : undefined)) };
  };
  return { zones, ask, forwarded, permitted };
}

const one = sandbox('one', { front: ['10.0.0.1', 'fd00::1'] });
const two = sandbox('two', { front: ['10.0.0.2'], back: ['10.1.0.2'] });
const three = sandbox('three', { back: ['10.1.0.3'] });

test('a name is found in the asking container’s networks and in no other', async () => {
  const { ask, forwarded } = house(one, two, three);
  expect(await ask(one, 'two')).toEqual({ rcode: 'NOERROR', data: ['10.0.0.2'] });
  expect(await ask(three, 'two')).toEqual({ rcode: 'NOERROR', data: ['10.1.0.2'] });
  expect(await ask(one, 'TWO')).toMatchObject({ data: ['10.0.0.2'] });
  await ask(one, 'three');
  expect(forwarded).toEqual(['three']);
});

test('a link is another name for one container, for who has it alone', async () => {
  const linked = { ...one, links: [{ alias: 'db', name: 'two' }] };
  const { ask, forwarded } = house(linked, two);
  expect(await ask(linked, 'db')).toEqual({ rcode: 'NOERROR', data: ['10.0.0.2'] });
  await ask(two, 'db');
  expect(forwarded).toEqual(['db']);
});

test('a name that several have is answered with all of them, in turns', async () => {
  const { ask } = house(one, two);
  const first = await ask(one, 'both');
  const second = await ask(one, 'both');
  expect(first.data).toHaveLength(2);
  expect(second.data).toEqual([...first.data].reverse());
});

test('a name of ours without the wanted record is no reason to ask others', async () => {
  const { ask, forwarded } = house(one, two);
  expect(await ask(two, 'one', 'AAAA')).toEqual({
    rcode: 'NOERROR',
    data: ['fd00::1'],
  });
  expect(await ask(one, 'two', 'AAAA')).toEqual({ rcode: 'NOERROR', data: [] });
  expect(await ask(one, 'two', 'MX')).toEqual({ rcode: 'NOERROR', data: [] });
  expect(forwarded).toEqual([]);
});

test('an address is a name in the networks of who asks', async () => {
  const { ask, forwarded } = house(one, two, three);
  expect(await ask(one, '2.0.0.10.in-addr.arpa', 'PTR')).toMatchObject({ data: ['two'] });
  await ask(one, '3.0.1.10.in-addr.arpa', 'PTR');
  expect(forwarded).toEqual(['3.0.1.10.in-addr.arpa']);
});

test('a container that is gone has no name any more', async () => {
  const { ask, zones, forwarded } = house(one, two);
  zones.remove('two');
  await ask(one, 'two');
  expect(forwarded).toEqual(['two']);
  expect((await ask(one, 'both')).data).toEqual(['10.0.0.1']);
});

test('an internal network passes nothing on, one of several that is not does', async () => {
  const inside = sandbox('inside', { internal: ['10.2.0.1'] });
  const between = sandbox('between', { internal: ['10.2.0.2'], front: ['10.0.0.9'] });
  const { ask, forwarded } = house(inside, between);
  expect(await ask(inside, 'example.org')).toEqual({ rcode: 'NXDOMAIN', data: [] });
  expect(forwarded).toEqual([]);
  expect(await ask(between, 'example.org')).toMatchObject({ data: ['192.0.2.7'] });
});

test('who may not leave looks up allowed names only, and their addresses are let through', async () => {
  const names = [
    { pattern: 'good.example', port: 443 },
    { pattern: '*.deb.example', port: 0 },
  ];
  const sets = { set4: 'a', set6: 'b', any4: 'c', any6: 'd' };
  const egress = { denied: true, names, table: 't', ...sets };
  const guarded = { ...one, egress };
  const { ask, forwarded, permitted } = house(guarded, two);
  expect(await ask(guarded, 'evil.example')).toEqual({ rcode: 'REFUSED', data: [] });
  expect(await ask(guarded, 'two')).toMatchObject({ data: ['10.0.0.2'] });
  expect(forwarded).toEqual([]);
  expect(await ask(guarded, 'good.example')).toMatchObject({ data: ['192.0.2.7'] });
  const addresses = [{ address: '192.0.2.7', family: 4, ttl: 9 }];
  expect(permitted).toEqual([{ ports: [443], addresses }]);
  expect(allowedPorts(egress, 'a.b.deb.example')).toEqual([0]);
  expect(allowedPorts(egress, 'deb.example')).toEqual([]);
  expect(allowedPorts(egress, 'evildeb.example')).toEqual([]);
});

test('programs of the host find containers by name and by name and network, and nothing else', () => {
  const zones = new Zones();
  const known = (containerId: string, network: string, address: string): ResolverSandbox => ({
    containerId,
    path: '',
    networks: [
      {
        networkId: network,
        internal: false,
        names: [containerId],
        addresses: [address],
        hostNames: [containerId, `${containerId}.${network}`],
      },
    ],
    upstream: [],
  });
  zones.put(known('web', 'front', '10.0.0.2'));
  zones.put(known('db', 'back', '10.1.0.2'));
  const ask = (name: string, type?: packet.RecordType): string => {
    const bytes = answerHost(zones, query(name, type), false);
    const { rcode, answers = [] } = packet.decode(
      bytes ?? Buffer.alloc(0),
    ) as packet.DecodedPacket & {
      readonly rcode: string;
    };
    return [rcode, ...answers.map((each) => ('data' in each ? String(each.data) : ''))].join(' ');
  };
  expect(ask('web.wharf.internal')).toBe('NOERROR 10.0.0.2');
  expect(ask('WEB.front.Wharf.internal')).toBe('NOERROR 10.0.0.2');
  expect(ask('web.wharf.internal', 'AAAA')).toBe('NOERROR');
  expect(ask('2.0.1.10.in-addr.arpa', 'PTR')).toBe('NOERROR db.wharf.internal');
  expect(ask('web.back.wharf.internal')).toBe('NXDOMAIN');
  expect(ask('wharf.internal')).toBe('NOERROR');
  for (const name of [
    'web',
    'db',
    'example.com',
    'notwharf.internal',
    'web.wharf.internal.example',
  ])
    expect(ask(name)).toBe('REFUSED');
  zones.remove('web');
  expect(ask('web.wharf.internal')).toBe('NXDOMAIN');
});

test('names of networks that a container is not in are not given, however they are asked for', async () => {
  const { ask } = house(one, three);
  for (const name of ['three', 'THREE', 'three.back', 'three.wharf.internal'])
    expect((await ask(one, name)).data).not.toContain('10.1.0.3');
  expect((await ask(one, '3.0.1.10.in-addr.arpa', 'PTR')).data).not.toContain('three');
});
