import {
  isWharfError,
  NotFoundError,
  type EndpointSpec,
  type Network,
  type Networks,
  type NetworkSpec,
} from '@wharf/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wharf } from '../../testing/test-cli.js';
import { fakeEngine } from '../../testing/test-engine.js';
import { contains, readCidr } from './cidr.js';
import { poolsOf } from './pools.js';

const spec: NetworkSpec = {
  name: 'front',
  driver: 'bridge',
  internal: false,
  attachable: false,
  ipv4: true,
  ipv6: true,
  labels: { x: 'y' },
  options: { 'com.docker.network.driver.mtu': '1400' },
  ipam: {
    driver: 'default',
    options: {},
    pools: [
      {
        subnet: '10.7.0.0/24',
        ipRange: '10.7.0.128/25',
        gateway: '10.7.0.1',
        auxAddresses: { a: '10.7.0.9' },
      },
      { subnet: 'fd07::/64', ipRange: '', gateway: '', auxAddresses: {} },
    ],
  },
};
const asked: EndpointSpec = {
  network: 'front',
  aliases: [],
  ipv4Address: '',
  ipv6Address: '',
  linkLocalAddresses: [],
  macAddress: '',
  driverOptions: {},
  gatewayPriority: 0,
};
const front: Network = {
  id: '3381db963840'.padEnd(64, '0'),
  createdAt: new Date('2026-01-31T16:03:20.050Z'),
  spec,
  scope: 'local',
  builtIn: false,
  bridgeName: 'wf-3381db963840',
  endpoints: [
    {
      networkId: '3381db963840'.padEnd(64, '0'),
      networkName: 'front',
      containerId: 'c1'.padEnd(64, '0'),
      containerName: 'web',
      endpointId: 'e1',
      macAddress: '02:42:0a:07:00:80',
      ipv4Address: '10.7.0.128',
      ipv4PrefixLength: 24,
      gateway: '10.7.0.1',
      ipv6Address: '',
      ipv6PrefixLength: 0,
      ipv6Gateway: '',
      interfaceName: 'eth0',
      aliases: [],
      dnsNames: [],
      driverOptions: {},
      gatewayPriority: 0,
      asked,
    },
  ],
};
const none: Network = {
  ...front,
  id: 'd60f06352b39'.padEnd(64, '0'),
  spec: {
    ...spec,
    name: 'none',
    driver: 'null',
    ipv6: false,
    labels: {},
    options: {},
    ipam: { driver: 'default', options: {}, pools: [] },
  },
  builtIn: true,
  bridgeName: '',
  endpoints: [],
};

async function run(argv: readonly string[], networks: Partial<Networks> = {}) {
  return wharf(['network', ...argv], { engine: fakeEngine({ networks }) });
}

describe('network create', () => {
  async function created(...argv: string[]) {
    const specs: NetworkSpec[] = [];
    const create: Networks['create'] = (one) => {
      specs.push(one);
      return Promise.resolve({ id: 'the-id', warnings: ['beware'] });
    };
    return { ...(await run(['create', ...argv], { create })), spec: specs[0] };
  }

  test('without flags all is default', async () => {
    const { code, out, err, spec: plain } = await created('front');
    expect({ code, out, err }).toEqual({ code: 0, out: 'the-id\n', err: 'WARNING: beware\n' });
    expect(plain).toEqual({
      name: 'front',
      driver: 'bridge',
      internal: false,
      attachable: false,
      ipv4: true,
      ipv6: false,
      labels: {},
      options: {},
      ipam: { driver: 'default', options: {}, pools: [] },
    });
  });

  test('addresses go to the subnet that they are in', async () => {
    const { spec: made } = await created(
      ...['--subnet', 'fd07::/64', '--subnet', '10.7.0.0/24', '--gateway', '10.7.0.1'],
      ...['--ip-range', '10.7.0.128/25', '--aux-address', 'a=10.7.0.9', '--ipv6'],
      ...['--label', 'x=y', '-o', 'com.docker.network.driver.mtu=1400', 'front'],
    );
    expect(made).toEqual({ ...spec, ipam: { ...spec.ipam, pools: spec.ipam.pools.toReversed() } });
  });

  test('what its containers reach', async () => {
    const { spec: made } = await created('--egress', 'allow=a.com:443', '--ipv4=false', 'front');
    expect(made).toMatchObject({
      egress: { default: 'deny', allow: ['a.com:443'] },
      ipv4: false,
    });
  });

  test.each([
    ['--subnet x', 'invalid subnet x : invalid CIDR address: x'],
    ['--gateway 10.8.0.1', 'every ip-range or gateway must have a corresponding subnet'],
    ['--subnet 10.8.0.0/24 --gateway 10.9.0.1', 'no matching subnet for gateway 10.9.0.1'],
    [
      '--subnet 10.8.0.0/24 --subnet 10.8.0.0/25',
      'multiple overlapping subnet configuration is not supported',
    ],
    ['--subnet 10.8.0.0/24 --aux-address a=1.1.1.1', 'no matching subnet for aux-address 1.1.1.1'],
    [
      '--subnet 10.8.0.0/24,10.9.0.0/24 --gateway 10.8.0.1 --gateway 10.8.0.2',
      'cannot configure multiple gateways (10.8.0.2, 10.8.0.1) for the same subnet (10.8.0.0/24)',
    ],
    ['--egress x', 'invalid argument "x" for "--egress" flag: invalid egress policy: x'],
  ])('%s is refused', async (flags, why) => {
    const { code, err } = await run(['create', ...flags.split(' '), 'n1']);
    expect(code).not.toBe(0);
    expect(err).toContain(why);
  });
});

describe('network ls', () => {
  const networks: Partial<Networks> = { list: () => Promise.resolve([none, front]) };

  test('the table, by name', async () => {
    expect((await run(['ls'], networks)).out).toBe(
      'NETWORK ID     NAME      DRIVER    SCOPE\n' +
        '3381db963840   front     bridge    local\n' +
        'd60f06352b39   none      null      local\n',
    );
  });

  test('docker’s fields', async () => {
    const { out } = await run(['ls', '--no-trunc', '--format', 'json'], networks);
    expect(out.split('\n')[0]).toBe(
      `{"CreatedAt":"2026-01-31 16:03:20.05 +0000 UTC","Driver":"bridge","ID":"${front.id}","IPv4":"true","IPv6":"true","Internal":"false","Labels":"x=y","Name":"front","Scope":"local"}`,
    );
    const { out: label } = await run(['ls', '--format', '{{.Label "x"}}|{{.Internal}}'], networks);
    expect(label).toBe('y|false\n|false\n');
  });

  test('ids alone, and the filters are the engine’s', async () => {
    const asked: unknown[] = [];
    const list: Networks['list'] = ({ filters }) => {
      asked.push(filters);
      return Promise.resolve([front]);
    };
    expect((await run(['ls', '-q', '-f', 'driver=bridge'], { list })).out).toBe('3381db963840\n');
    expect(asked).toEqual([new Map([['driver', ['bridge']]])]);
  });
});

describe('network inspect', () => {
  const networks: Partial<Networks> = {
    get: (name) =>
      name === 'front'
        ? Promise.resolve(front)
        : name === 'none'
          ? Promise.resolve(none)
          : Promise.reject(new NotFoundError('network', name)),
  };

  test('docker’s shape', async () => {
    const { out } = await run(['inspect', 'front'], networks);
    expect(JSON.parse(out)).toEqual([
      {
        Name: 'front',
        Id: front.id,
        Created: '2026-01-31T16:03:20.050Z',
        Scope: 'local',
        Driver: 'bridge',
        EnableIPv4: true,
        EnableIPv6: true,
        IPAM: {
          Driver: 'default',
          Options: {},
          Config: [
            {
              Subnet: '10.7.0.0/24',
              IPRange: '10.7.0.128/25',
              Gateway: '10.7.0.1',
              AuxiliaryAddresses: { a: '10.7.0.9' },
            },
            { Subnet: 'fd07::/64' },
          ],
        },
        Internal: false,
        Attachable: false,
        Ingress: false,
        ConfigFrom: { Network: '' },
        ConfigOnly: false,
        Containers: {
          ['c1'.padEnd(64, '0')]: {
            Name: 'web',
            EndpointID: 'e1',
            MacAddress: '02:42:0a:07:00:80',
            IPv4Address: '10.7.0.128/24',
            IPv6Address: '',
          },
        },
        Options: { 'com.docker.network.driver.mtu': '1400' },
        Labels: { x: 'y' },
        BridgeName: 'wf-3381db963840',
      },
    ]);
  });

  test('templates', async () => {
    const format =
      '{{.ID}} {{(index .IPAM.Config 0).Subnet}} {{range .Containers}}{{.Name}}{{end}}';
    const { out } = await run(['inspect', '-f', format, 'front'], networks);
    expect(out).toBe(`${front.id} 10.7.0.0/24 web\n`);
    const { out: empty } = await run(['inspect', '-f', '{{json .IPAM}}', 'none'], networks);
    expect(empty).toBe('{"Driver":"default","Options":null,"Config":null}\n');
  });

  test('the default network names its interface as docker’s does', async () => {
    const bridge = { ...none, bridgeName: 'wharf0' };
    const get: Networks['get'] = () => Promise.resolve(bridge);
    const format = '{{index .Options "com.docker.network.bridge.name"}}';
    expect((await run(['inspect', '-f', format, 'bridge'], { get })).out).toBe('wharf0\n');
  });

  test('what is missing is told', async () => {
    expect(await run(['inspect', 'x'], networks)).toMatchObject({ code: 1, out: '[]\n' });
  });
});

describe('network rm', () => {
  const remove: Networks['remove'] = (name) =>
    name === 'x' ? Promise.reject(new NotFoundError('network', name)) : Promise.resolve('id');

  test('names what went, fails at the rest', async () => {
    const { code, out, err } = await run(['rm', 'x', 'front'], { remove });
    expect({ code, out, err }).toEqual({
      code: 1,
      out: 'front\n',
      err: 'wharf: no such network: x\n',
    });
  });

  test('with force a missing one is no failure', async () => {
    expect(await run(['rm', '-f', 'x'], { remove })).toMatchObject({ code: 0, out: '', err: '' });
  });
});

test('network prune asks, and says what went', async () => {
  const prune: Networks['prune'] = () => Promise.resolve({ removed: ['a', 'b'] });
  const refused = await run(['prune'], { prune });
  expect(refused.code).toBe(1);
  expect(refused.out).toContain('remove all custom networks not used');
  expect((await run(['prune', '-f'], { prune })).out).toBe('Deleted Networks:\na\nb\n\n');
});

test('network connect says all that a container asks of a network', async () => {
  const calls: unknown[] = [];
  const connect: Networks['connect'] = (container, endpoint) => {
    calls.push([container, endpoint]);
    return Promise.resolve();
  };
  const flags = '--alias a,b --ip 10.7.0.5 --ip6 fd07::5 --gw-priority -3 --driver-opt k=v';
  await run(['connect', ...flags.split(' '), 'front', 'web'], { connect });
  expect(calls).toEqual([
    [
      'web',
      {
        ...asked,
        aliases: ['a', 'b'],
        ipv4Address: '10.7.0.5',
        ipv6Address: 'fd07::5',
        driverOptions: { k: 'v' },
        gatewayPriority: -3,
      },
    ],
  ]);
  const wrong = await run(['connect', '--ip', 'x', 'front', 'web'], { connect });
  expect(wrong.err).toBe('wharf: invalid IPv4 address: x\n');
});

test('network disconnect and update', async () => {
  const calls: unknown[] = [];
  const networks: Partial<Networks> = {
    disconnect: (container, network, { force }) => {
      calls.push([container, network, force]);
      return Promise.resolve();
    },
    update: (network, change) => {
      calls.push([network, change]);
      return Promise.resolve();
    },
  };
  await run(['disconnect', '-f', 'front', 'web'], networks);
  await run(['update', '--dns-add', '[::1]', '--dns-drop', '1.1.1.1', 'front'], networks);
  expect(calls).toEqual([
    ['web', 'front', true],
    ['front', { addDns: ['::1'], removeDns: ['1.1.1.1'] }],
  ]);
  expect((await run(['update', 'front'], networks)).code).not.toBe(0);
});

describe('ranges of addresses', () => {
  test.each([
    ['10.7.0.0/24', '10.7.0.128/25', true],
    ['10.7.0.0/24', '10.7.1.0/25', false],
    ['10.7.0.0/24', '10.0.0.0/8', false],
    ['10.7.0.0/24', '10.7.0.255', true],
    ['fd07::/64', 'fd07::ffff:0:0:1', true],
    ['fd07::/64', 'fd07:0:0:1::', false],
    ['::ffff:0:0/96', '::ffff:10.0.0.1', true],
    ['0.0.0.0/0', '::1', false],
  ])('%s has %s: %s', (outer, inner, wanted) => {
    const [one, other] = [readCidr(outer), readCidr(inner)];
    expect(one !== undefined && other !== undefined && contains(one, other)).toBe(wanted);
  });

  test.each(['', 'x', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', 'fd00::/129', '1.2.3/8'])(
    '%j is none',
    (text) => {
      expect(readCidr(text)).toBeUndefined();
    },
  );

  test('every address of a subnet has its place in it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(32), (address, bits) => {
        const [outer, inner] = [readCidr(`${address}/${bits}`), readCidr(address)];
        expect(outer !== undefined && inner !== undefined && contains(outer, inner)).toBe(true);
      }),
    );
  });

  test('whatever the pools are, they are read or refused with an error of ours', () => {
    const word = fc.constantFrom('10.0.0.0/8', '10.0.0.1', 'fd00::/8', 'fd00::1', 'x', ',', '');
    const words = fc.array(word, { maxLength: 3 });
    const flags = fc.record({ subnet: words, ipRange: words, gateway: words, auxAddress: words });
    fc.assert(
      fc.property(flags, (input) => {
        try {
          poolsOf(input);
        } catch (thrown) {
          expect(isWharfError(thrown) && thrown.code).toBe('invalid-argument');
        }
      }),
    );
  });
});
