import { defaultContainerSpec, isWharfError, type ContainerSpec } from '@wharf/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseArgv } from '../../argv/parse.js';
import { parseEgress } from './egress.js';
import { parseNetwork, plainEndpoint } from './endpoint.js';
import { parseExpose } from './expose.js';
import { specFlags } from './flags.js';
import { checkDnsOption, checkDomain, parseExtraHost, parseLink } from './hosts.js';
import { parsePublish } from './port.js';
import { buildSpec } from './spec.js';
import { parseVolumesFrom } from './volumes-from.js';

async function build(line: string) {
  const argv = [...line.split(' ').filter((word) => word !== ''), 'busybox'];
  const { flags, args, given } = parseArgv(argv, specFlags, { stopAtFirstPositional: true });
  return buildSpec({ flags, args, given, env: {} }, { signal: new AbortController().signal });
}

async function spec(line: string): Promise<ContainerSpec> {
  return (await build(line)).spec;
}

const tcp = { protocol: 'tcp', hostAddress: '', hostPort: 0, hostPortEnd: 0 };

describe('-p', () => {
  test.each([
    ['80', [{ ...tcp, containerPort: 80 }]],
    ['80/UDP', [{ ...tcp, containerPort: 80, protocol: 'udp' }]],
    ['80/', [{ ...tcp, containerPort: 80 }]],
    [':80', [{ ...tcp, containerPort: 80 }]],
    ['8080:80', [{ ...tcp, containerPort: 80, hostPort: 8080 }]],
    ['0:80', [{ ...tcp, containerPort: 80 }]],
    [
      '127.0.0.1:8080:80',
      [{ ...tcp, containerPort: 80, hostPort: 8080, hostAddress: '127.0.0.1' }],
    ],
    [
      '127.0.0.1::80/sctp',
      [{ ...tcp, containerPort: 80, protocol: 'sctp', hostAddress: '127.0.0.1' }],
    ],
    ['[::1]:8080:80', [{ ...tcp, containerPort: 80, hostPort: 8080, hostAddress: '::1' }]],
    ['[::1]::80', [{ ...tcp, containerPort: 80, hostAddress: '::1' }]],
    ['::1:8080:80', [{ ...tcp, containerPort: 80, hostPort: 8080, hostAddress: '::1' }]],
    [':8080:80', [{ ...tcp, containerPort: 80, hostPort: 8080 }]],
    ['8000-8010:80', [{ ...tcp, containerPort: 80, hostPort: 8000, hostPortEnd: 8010 }]],
    [
      '8000-8001:90-91',
      [
        { ...tcp, containerPort: 90, hostPort: 8000 },
        { ...tcp, containerPort: 91, hostPort: 8001 },
      ],
    ],
    [
      '90-91',
      [
        { ...tcp, containerPort: 90 },
        { ...tcp, containerPort: 91 },
      ],
    ],
    [
      'mode=host,target=80,published=8080,protocol=udp',
      [{ ...tcp, containerPort: 80, hostPort: 8080, protocol: 'udp' }],
    ],
    ['target=80', [{ ...tcp, containerPort: 80 }]],
  ])('%s', (text, ports) => {
    expect(parsePublish(text)).toEqual(ports);
  });

  test.each([
    ['', 'no port specified: <empty>'],
    ['80:', 'no port specified: 80:<empty>'],
    ['70000', 'invalid containerPort: 70000'],
    ['0', 'invalid containerPort: 0'],
    ['80:a', 'invalid containerPort: a'],
    ['a:80', 'invalid hostPort: a'],
    ['-1:80', 'invalid hostPort: -1'],
    ['80-:80', 'invalid hostPort: 80-'],
    ['8010-8000:80', 'invalid hostPort: 8010-8000'],
    ['1.1.1.1:70000:80', 'invalid hostPort: 70000'],
    ['127.0.0.1:80', 'invalid hostPort: 127.0.0.1'],
    ['8080:80:90:1', 'invalid IP address: 8080:80'],
    ['1.2.3:80:80', 'invalid IP address: 1.2.3'],
    ['localhost:80:80', 'invalid IP address: localhost'],
    ['256.1.1.1:80:80', 'invalid IP address: 256.1.1.1'],
    ['[127.0.0.1]:80:80', 'invalid IP address: [127.0.0.1]'],
    ['[::1]', 'invalid IP address: ['],
    ['[fe80::1%eth0]:80:80', 'invalid IP address: [fe80::1%eth0]'],
    ['80/foo', 'invalid proto: foo'],
    ['80:80-90', 'invalid ranges specified for container and host Ports: 80-90 and 80'],
    [
      '8000-8010:90-99',
      'invalid ranges specified for container and host Ports: 90-99 and 8000-8010',
    ],
    ['target=80,x=1', "invalid publish opts format (should be name=value but got 'x=1')"],
  ])('%j is refused', (text, why) => {
    expect(() => parsePublish(text)).toThrow(why);
  });

  test('every port of two ranges of one length has its own', () => {
    const port = fc.integer({ min: 1, max: 60_000 });
    fc.assert(
      fc.property(port, port, fc.nat(50), (inside, outside, more) => {
        const text = `${outside}-${outside + more}:${inside}-${inside + more}/udp`;
        const ports = parsePublish(text);
        expect(ports.map(({ containerPort }) => containerPort - inside)).toEqual(
          ports.map(({ hostPort }) => hostPort - outside),
        );
        expect(ports).toHaveLength(more + 1);
      }),
    );
  });
});

describe('--expose', () => {
  test.each([
    ['80', '80/tcp'],
    ['80/UDP', '80/udp'],
    ['80-90/tcp', '80-90/tcp'],
    ['80-80', '80/tcp'],
  ])('%s', (text, exposed) => {
    expect(parseExpose(text)).toBe(exposed);
  });

  test.each([
    ['80:90', 'invalid port format for --expose: 80:90'],
    ['', 'invalid range format for --expose: , error: empty string specified for ports'],
    ['90-80', 'error: invalid range specified for port: 90-80'],
    ['a', 'invalid range format for --expose: a'],
    ['0', 'invalid range format for --expose: 0'],
    ['80/x', 'invalid proto: x'],
  ])('%j is refused', (text, why) => {
    expect(() => parseExpose(text)).toThrow(why);
  });
});

describe('--network', () => {
  test.each([
    ['front', {}],
    ['name=front', {}],
    ['NAME=front,Alias=A,alias=b', { aliases: ['A', 'b'] }],
    ['name=front,ip=10.0.0.2,ip6=fd00::2', { ipv4Address: '10.0.0.2', ipv6Address: 'fd00::2' }],
    ['name=front,mac-address=02-42-AC-11-00-02', { macAddress: '02:42:ac:11:00:02' }],
    ['name=front,mac-address=0242.ac11.0002', { macAddress: '02:42:ac:11:00:02' }],
    ['name=front,driver-opt=A=b,"driver-opt=c=d,e"', { driverOptions: { a: 'b', c: 'd,e' } }],
    [
      'name=front,gw-priority=-5,link-local-ip=169.254.1.1',
      { gatewayPriority: -5, linkLocalAddresses: ['169.254.1.1'] },
    ],
  ])('%s', (text, asked) => {
    expect(parseNetwork(text)).toEqual({ ...plainEndpoint('front'), ...asked });
  });

  test.each([
    ['foo=bar', 'invalid field key foo'],
    ['alias=a', 'network name/id is not specified'],
    ['name=n,alias', 'invalid field alias'],
    ['name=n,ip=fd00::1', 'invalid IPv4 address: fd00::1'],
    ['name=n,ip6=1.2.3.4', 'invalid IPv6 address: 1.2.3.4'],
    ['name=n,mac-address=x', 'x is not a valid mac address'],
    ['name=n,driver-opt=a', 'invalid key value pair format in driver options'],
    ['name=n,gw-priority=x', 'invalid gw-priority (x): invalid syntax'],
    ['name=n,gw-priority=9999999999', 'invalid gw-priority (9999999999): value out of range'],
  ])('%s is refused', (text, why) => {
    expect(() => parseNetwork(text)).toThrow(why);
  });
});

test.each([
  ['x:1.2.3.4', 'x:1.2.3.4'],
  ['x=1.2.3.4', 'x:1.2.3.4'],
  ['x=::1', 'x:::1'],
  ['x:[::1]', 'x:::1'],
  ['x:host-gateway', 'x:host-gateway'],
])('--add-host %s', (text, host) => {
  expect(parseExtraHost(text)).toBe(host);
});

test.each([
  ['x', 'bad format for add-host: "x"'],
  [':1.2.3.4', 'bad format for add-host: ":1.2.3.4"'],
  ['x:1', 'invalid IP address in add-host: "1"'],
  ['x:', 'invalid IP address in add-host: ""'],
  ['x\ny:1.1.1.1', 'bad format'],
])('--add-host %j is refused', (text, why) => {
  expect(() => parseExtraHost(text)).toThrow(why);
});

test('--link takes a container and an alias', () => {
  expect(parseLink('db')).toBe('db:db');
  expect(parseLink('/db:/web/database')).toBe('db:database');
  expect(() => parseLink('')).toThrow('empty string specified for links');
  expect(() => parseLink('a:b:c')).toThrow('bad format for links: a:b:c');
});

test('--volumes-from takes a container and a mode', () => {
  expect(['a', 'a:ro', 'a:rw,z'].map(parseVolumesFrom)).toEqual(['a', 'a:ro', 'a:rw']);
  expect(() => parseVolumesFrom('')).toThrow('cannot be an empty string');
  expect(() => parseVolumesFrom('a:zz')).toThrow('invalid mode: zz');
});

test('domains and options of resolv.conf are words of it', () => {
  const domains = ['example.com', '.', 'a-b.c.', ' a ', '', '-x', 'a b', '1.2', 'a..b'];
  expect(domains.map((text) => checkDomain(text) === undefined)).toEqual([
    ...[true, true, true, true],
    ...[false, false, false, false, false],
  ]);
  expect(checkDnsOption('ndots:2')).toBeUndefined();
  expect(checkDnsOption('a\nnameserver 1.1.1.1')).toBeDefined();
});

describe('--egress', () => {
  test.each([
    ['deny', { default: 'deny', allow: [] }],
    ['allow', { default: 'allow', allow: [] }],
    [
      'allow=API.example.com:443,*.example.com.,10.0.0.0/8,1.2.3.4:53',
      {
        default: 'deny',
        allow: ['api.example.com:443', '*.example.com', '10.0.0.0/8', '1.2.3.4:53'],
      },
    ],
    [
      'deny allow=[fd00::1]:443,[fd00::/8],::1 allow=fd00::/8',
      { default: 'deny', allow: ['[fd00::1]:443', 'fd00::/8', '::1'] },
    ],
  ])('%s', (texts, policy) => {
    expect(parseEgress(texts.split(' '))).toEqual(policy);
  });

  test.each([
    'x',
    'allow=',
    'allow=a b',
    'allow=10.0.0.256',
    'allow=10.0.0.0/33',
    'allow=a:0',
    'allow=a:70000',
    'allow=a:',
    'allow=a:1-2',
    'allow=*',
    'allow=a.*.b',
    'allow=[::1',
    'allow=http://a',
    'allow deny',
    'allow allow=a',
  ])('%s is refused', (texts) => {
    expect(() => parseEgress(texts.split(' '))).toThrow(/egress/);
  });
});

type Row = [line: string, wanted: Partial<ContainerSpec>];
const { networking: plain, namespaces } = defaultContainerSpec('');
const asked = (changes: object): Partial<ContainerSpec> => ({
  networking: { ...plain, ...changes },
});

describe('run with', () => {
  test.each<Row>([
    ['', asked({})],
    ['--network front', { ...asked({}), namespaces: { ...namespaces, network: 'front' } }],
    ['--network default', { ...asked({}), namespaces }],
    [
      '--network a --network b',
      {
        ...asked({ endpoints: [plainEndpoint('a'), plainEndpoint('b')] }),
        namespaces: { ...namespaces, network: 'a' },
      },
    ],
    [
      '--network a --ip 10.0.0.2 --network-alias x --net-alias y --mac-address 02:42:ac:11:00:02',
      asked({
        endpoints: [
          {
            ...plainEndpoint('a'),
            ipv4Address: '10.0.0.2',
            aliases: ['y', 'x'],
            macAddress: '02:42:ac:11:00:02',
          },
        ],
      }),
    ],
    [
      '--mac-address 02:42:ac:11:00:02',
      asked({ endpoints: [{ ...plainEndpoint(''), macAddress: '02:42:ac:11:00:02' }] }),
    ],
    [
      '--dns 9.9.9.9 --dns [::1] --dns-search example.com --dns-opt ndots:2 --dns-option rotate',
      asked({
        dns: {
          servers: ['9.9.9.9', '::1'],
          search: ['example.com'],
          options: ['ndots:2', 'rotate'],
        },
      }),
    ],
    ['--add-host a=::1 --link db:d', asked({ extraHosts: ['a:::1'], links: ['db:d'] })],
    [
      '-P --expose 90 --publish-scope lan --egress deny',
      asked({
        publishAll: true,
        exposed: ['90/tcp'],
        publishScope: 'lan',
        egress: { default: 'deny', allow: [] },
      }),
    ],
    ['--volumes-from a:ro', { volumesFrom: ['a:ro'] }],
  ])('%s', async (line, wanted) => {
    expect(await spec(line)).toMatchObject(wanted);
  });

  test.each([
    ['--network a --network a', 'network "a" is specified multiple times'],
    ['--network host --network a', 'cannot attach both user-defined and non-user-defined'],
    ['--network host --network-alias a', 'network-scoped aliases are only supported for'],
    ['--network name=bridge,alias=x', 'network-scoped aliases are only supported for'],
    ['--network name=a,ip=1.2.3.4 --ip 1.2.3.5', 'both --ip and per-network IPv4 address'],
    ['--network name=a,alias=x --network-alias y', 'both --network-alias and per-network alias'],
    ['--network=', 'no name set for network'],
    ['--ip 1.2.3.4', 'supported on user defined networks only'],
    ['--network container:x -p 80', 'port publishing and the container type network mode'],
    ['--network container:x -h a', 'hostname and the network mode'],
    ['--network container:x --dns 1.1.1.1', 'dns and the network mode'],
    ['--network host --link a', "host type networking can't be used with links"],
    ['--dns x', 'invalid argument "x" for "--dns" flag: IP address is not correctly formatted: x'],
    ['--network foo=bar', 'invalid argument "foo=bar" for "--network" flag: invalid field key foo'],
    ['--publish-scope x', 'must be one of "loopback", "lan" or "any"'],
  ])('%s is refused', async (line, why) => {
    await expect(build(line)).rejects.toThrow(why);
  });

  test('ports on the network of the host are discarded, which is said', async () => {
    const { spec: built, warnings } = await build('--network host -p 80 -P');
    expect(built.networking).toEqual(plain);
    expect(warnings).toEqual(['Published ports are discarded when using host network mode']);
  });

  test('labels of SELinux are left out, which is said', async () => {
    const { warnings } = await build('-v /a:/b:z -v c:/d:ro,Z');
    expect(warnings).toHaveLength(1);
  });

  test('--volume-driver is that of volumes, not of binds', async () => {
    const { mounts } = await spec('--volume-driver x -v a:/b -v /c -v /d:/e');
    expect(mounts.map(({ volume }) => volume?.driver)).toEqual(['x', 'x', undefined]);
  });
});

const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  parsePublish,
  parseExpose,
  parseNetwork,
  parseExtraHost,
  parseLink,
  parseVolumesFrom,
  parseEgress: (text) => parseEgress([text]),
};

describe.each(Object.entries(parsers))('%s', (_name, parse) => {
  const words = [
    'name=',
    'ip=',
    'allow=',
    '*.',
    ',',
    ':',
    '=',
    '"',
    '[',
    ']',
    '::1',
    '80',
    '-',
    '/',
  ];
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom(...words)).map((parts) => parts.join('')),
  );

  test('refuses text with an error of ours or takes it', () => {
    fc.assert(
      fc.property(text, (input) => {
        try {
          parse(input);
        } catch (thrown) {
          expect(isWharfError(thrown) && thrown.code).toBe('invalid-argument');
        }
      }),
    );
  });
});

test('what egress lets through is written so that it reads the same again', () => {
  const name = fc.domain();
  const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
  const address = fc.oneof(
    fc.ipV4(),
    fc.ipV6().map((text) => `[${text}]`),
    name,
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(address, port), { minLength: 1, maxLength: 4 }), (list) => {
      const texts = list.map(([host, at]) => (at === undefined ? host : `${host}:${at}`));
      const allow = parseEgress([`allow=${texts.join(',')}`])?.allow ?? [];
      expect(parseEgress([`allow=${allow.join(',')}`])?.allow).toEqual(allow);
    }),
  );
});
