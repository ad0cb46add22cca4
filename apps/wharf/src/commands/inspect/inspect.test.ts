import { NotFoundError, type Container, type ContainerState } from '@wharf/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { goJson } from '../../format/template/index.js';
import { wharf } from '../../testing/test-cli.js';
import { fakeEngine, someContainer, someId, someImage } from '../../testing/test-engine.js';
import { inspectContainer } from './container.js';
import { indentJson } from './indent.js';
import { plainMount } from '../spec/plain-mount.js';

const process = { pid: 77, startTicks: 1n, bootId: 'x' };
const startedAt = new Date('2026-01-31T11:00:00Z');
const finishedAt = new Date('2026-01-31T11:30:00Z');
const ended = { exitCode: 137, error: '', oomKilled: true, finishedAt, startedAt };

function seen(changes: Partial<Container>): unknown {
  return JSON.parse(goJson(inspectContainer(someContainer(changes))));
}

describe('states', () => {
  const flags = { Running: false, Paused: false, Restarting: false, Dead: false, OOMKilled: false };
  test.each<[ContainerState, object]>([
    [{ status: 'created' }, { ...flags, Status: 'created', Pid: 0 }],
    [
      { status: 'starting', since: startedAt },
      { ...flags, Status: 'created' },
    ],
    [
      { status: 'running', process, shim: process, startedAt },
      {
        ...flags,
        Status: 'running',
        Running: true,
        Pid: 77,
        StartedAt: '2026-01-31T11:00:00.000Z',
      },
    ],
    [
      { status: 'paused', process, shim: process, startedAt },
      { Status: 'paused', Running: true, Paused: true },
    ],
    [
      { status: 'restarting', shim: process, ...ended },
      { Status: 'restarting', Running: true, Restarting: true, ExitCode: 137, Pid: 0 },
    ],
    [
      { status: 'exited', ...ended },
      {
        ...flags,
        Status: 'exited',
        ExitCode: 137,
        OOMKilled: true,
        FinishedAt: '2026-01-31T11:30:00.000Z',
      },
    ],
    [
      { status: 'removing', previous: ended },
      { Status: 'removing', ExitCode: 137 },
    ],
    [
      { status: 'dead', ...ended },
      { Status: 'dead', Dead: true },
    ],
  ])('%o', (state, wanted) => {
    expect(seen({ state })).toMatchObject({ State: wanted });
  });
});

test('what docker’s users look for is where docker has it', () => {
  const { spec, resolved } = someContainer();
  const container = seen({
    spec: {
      ...spec,
      restart: { kind: 'on-failure', maximumRetryCount: 3 },
      autoRemove: true,
      terminal: true,
      mounts: [
        {
          kind: 'bind',
          source: '/a',
          target: '/b',
          readOnly: true,
          createSource: true,
          nonRecursive: false,
          tmpfsSize: 0n,
          tmpfsMode: 0,
          tmpfsOptions: [],
        },
      ],
      resources: { ...spec.resources, memory: 1n << 29n, nanoCpus: 1_500_000_000n, pidsLimit: 5n },
      security: { ...spec.security, capAdd: ['NET_ADMIN'], noNewPrivileges: true },
    },
    resolved: { ...resolved, entrypoint: ['/bin/sh', '-c'], command: ['x'], labels: { a: '1' } },
  });
  expect(container).toMatchObject({
    Id: someId,
    Name: '/web',
    Path: '/bin/sh',
    Args: ['-c', 'x'],
    LogPath: '/logs/x.log',
    Platform: 'linux',
    HostConfig: {
      Binds: ['/a:/b:ro'],
      NetworkMode: 'none',
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
      AutoRemove: true,
      CapAdd: ['NET_ADMIN'],
      CapDrop: null,
      Memory: 536870912,
      NanoCpus: 1500000000,
      PidsLimit: 5,
      ShmSize: 67108864,
      SecurityOpt: ['no-new-privileges'],
      Runtime: 'crun',
      MaskedPaths: ['/proc/kcore'],
      ReadonlyPaths: ['/proc/sys'],
    },
    Config: {
      Cmd: ['x'],
      Entrypoint: ['/bin/sh', '-c'],
      Env: ['PATH=/bin'],
      Image: 'busybox',
      Labels: { a: '1' },
      Tty: true,
      StopSignal: 'SIGTERM',
    },
    NetworkSettings: { Networks: { none: { IPAddress: '' } } },
  });
});

const engine = fakeEngine({
  containers: {
    get: (name) =>
      name === 'web' || name === 'both'
        ? Promise.resolve(someContainer())
        : Promise.reject(new NotFoundError('container', name)),
  },
  networks: { get: (name) => Promise.reject(new NotFoundError('network', name)) },
  volumes: { get: (name) => Promise.reject(new NotFoundError('volume', name)) },
  images: {
    get: (name) =>
      name === 'busybox' || name === 'both'
        ? Promise.resolve(someImage())
        : Promise.reject(new NotFoundError('image', name)),
  },
});

describe('inspect', () => {
  test('a list of objects, indented by four, and the failures after it', async () => {
    const { code, out, err } = await wharf(['inspect', 'web', 'nosuch', 'busybox'], { engine });
    expect(code).toBe(1);
    expect(err).toBe('wharf: no such object: nosuch\n');
    expect(out).toMatch(/^\[\n {4}\{\n {8}"Id": "/);
    const objects = JSON.parse(out) as { Name?: string; RepoTags?: string[] }[];
    expect(objects.map(({ Name, RepoTags }) => Name ?? RepoTags)).toEqual([
      '/web',
      ['busybox:latest'],
    ]);
  });

  test('nothing found is an empty list', async () => {
    expect(await wharf(['inspect', 'nosuch'], { engine })).toMatchObject({ code: 1, out: '[]\n' });
  });

  test('--type narrows', async () => {
    const image = await wharf(['inspect', '--type', 'image', '-f', '{{.RepoTags}}', 'both'], {
      engine,
    });
    expect(image.out).toBe('[busybox:latest]\n');
    const either = await wharf(['inspect', '-f', '{{.Name}}', 'both'], { engine });
    expect(either.out).toBe('/web\n');
    expect((await wharf(['inspect', '--type', 'x', 'both'], { engine })).code).toBe(1);
  });

  test('an image tells when a name was last given to it, with the zero of docker for never', async () => {
    const format = '{{.Metadata.LastTagTime}}';
    const told = async (changes: Parameters<typeof someImage>[0]) => {
      const images = { get: () => Promise.resolve(someImage(changes)) };
      const one = fakeEngine({ images });
      return (await wharf(['image', 'inspect', '-f', format, 'x'], { engine: one })).out;
    };
    const lastTaggedAt = new Date('2024-01-02T03:04:05.678Z');
    expect(await told({ lastTaggedAt })).toContain('2024-01-02');
    expect(await told({})).toContain('0001-01-01');
  });

  test('templates see docker’s fields and refuse others', async () => {
    const format = '{{.State.Status}} {{index .Config.Env 0}} {{json .HostConfig.RestartPolicy}}';
    expect((await wharf(['inspect', '-f', format, 'web'], { engine })).out).toBe(
      'created PATH=/bin {"Name":"no","MaximumRetryCount":0}\n',
    );
    const wrong = await wharf(['inspect', '-f', '{{.Nosuch}}', 'web'], { engine });
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain('map has no entry for key "Nosuch"');
  });
});

test('indented JSON is the same value, laid out as by JSON.stringify', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      expect(indentJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 4));
    }),
  );
});

test('networks, ports and mounts are where docker has them', () => {
  const { spec, resolved } = someContainer();
  const asked = {
    network: 'front',
    aliases: ['www'],
    ipv4Address: '10.7.0.5',
    ipv6Address: '',
    linkLocalAddresses: [],
    macAddress: '',
    driverOptions: {},
    gatewayPriority: 0,
  };
  const port = { containerPort: 80, protocol: 'tcp' as const };
  const container = seen({
    spec: {
      ...spec,
      mounts: [
        { ...plainMount('volume', 'data', '/data'), readOnly: true },
        plainMount('volume', '', '/anon'),
        {
          ...plainMount('volume', 'v2', '/v2'),
          subpath: 's',
          volume: { noCopy: true, driver: 'd', driverOptions: { o: '1' }, labels: { a: 'b' } },
        },
        { ...plainMount('bind', '/a', '/b'), recursiveReadOnly: 'force', propagation: 'rprivate' },
      ],
      volumesFrom: ['other:ro'],
      networking: {
        ...spec.networking,
        ports: [
          { ...port, hostAddress: '', hostPort: 8080, hostPortEnd: 0 },
          { ...port, hostAddress: '127.0.0.1', hostPort: 8000, hostPortEnd: 8010 },
          { ...port, hostAddress: '::1', hostPort: 0, hostPortEnd: 0 },
        ],
        exposed: ['90-91/udp'],
        dns: { servers: ['9.9.9.9'], search: ['a.b'], options: ['rotate'] },
        extraHosts: ['x:1.2.3.4'],
      },
    },
    resolved: { ...resolved, networkMode: 'front' },
    networks: [
      {
        networkId: 'n1',
        networkName: 'front',
        containerId: someId,
        containerName: 'web',
        endpointId: 'e1',
        macAddress: '02:42:0a:07:00:05',
        ipv4Address: '10.7.0.5',
        ipv4PrefixLength: 24,
        gateway: '10.7.0.1',
        ipv6Address: 'fd07::5',
        ipv6PrefixLength: 64,
        ipv6Gateway: 'fd07::1',
        interfaceName: 'eth0',
        aliases: ['www'],
        dnsNames: ['web', 'www'],
        driverOptions: {},
        gatewayPriority: 0,
        asked,
      },
    ],
    ports: [
      { ...port, hostAddress: '0.0.0.0', hostPort: 8080 },
      { containerPort: 70, protocol: 'tcp', hostAddress: '', hostPort: 0 },
    ],
    sandboxKey: '/run/wharf/netns/x',
  });
  expect(container).toMatchObject({
    HostConfig: {
      Binds: ['data:/data:ro'],
      NetworkMode: 'front',
      PortBindings: {
        '80/tcp': [
          { HostIp: '', HostPort: '8080' },
          { HostIp: '127.0.0.1', HostPort: '8000-8010' },
          { HostIp: '::1', HostPort: '' },
        ],
      },
      VolumesFrom: ['other:ro'],
      Dns: ['9.9.9.9'],
      DnsOptions: ['rotate'],
      DnsSearch: ['a.b'],
      ExtraHosts: ['x:1.2.3.4'],
      Mounts: [
        {
          Type: 'volume',
          Source: 'v2',
          Target: '/v2',
          VolumeOptions: {
            NoCopy: true,
            Labels: { a: 'b' },
            Subpath: 's',
            DriverConfig: { Name: 'd', Options: { o: '1' } },
          },
        },
        {
          Type: 'bind',
          Source: '/a',
          Target: '/b',
          BindOptions: { Propagation: 'rprivate', ReadOnlyForceRecursive: true },
        },
      ],
    },
    Config: {
      ExposedPorts: { '70/tcp': {}, '80/tcp': {}, '90/udp': {}, '91/udp': {} },
      Volumes: { '/anon': {} },
    },
    NetworkSettings: {
      SandboxKey: '/run/wharf/netns/x',
      Ports: { '70/tcp': null, '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }] },
      IPAddress: '',
      Networks: {
        front: {
          IPAMConfig: { IPv4Address: '10.7.0.5' },
          Aliases: ['www'],
          NetworkID: 'n1',
          EndpointID: 'e1',
          Gateway: '10.7.0.1',
          IPAddress: '10.7.0.5',
          IPPrefixLen: 24,
          GlobalIPv6Address: 'fd07::5',
          MacAddress: '02:42:0a:07:00:05',
          DNSNames: ['web', 'www'],
        },
      },
    },
  });
});
