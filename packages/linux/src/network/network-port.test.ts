import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InterfaceSpec, SandboxSpec } from '@wharf/engine/ports';
import { buildAndLoad } from '../../native/fixture.js';
import { createLab, type Lab } from './testing/lab.js';

const native = buildAndLoad();
const options = { signal: AbortSignal.timeout(60_000) };
let lab: Lab;

beforeAll(async () => {
  lab = await createLab(native);
  await bridge('wbr0');
});
afterAll(() => lab[Symbol.asyncDispose]());

function bridge(name: string, more: object = {}): Promise<void> {
  return lab.network.ensureBridge(
    {
      name,
      mtu: 1500,
      addresses: ['10.90.0.1/24'],
      isolated: false,
      owner: `test net ${name}`,
      ipv6: false,
      ...more,
    },
    options,
  );
}

function veth(more: Partial<InterfaceSpec> = {}): InterfaceSpec {
  return {
    kind: 'bridge',
    parent: 'wbr0',
    mode: '',
    name: 'eth0',
    hostName: 'wv0',
    macAddress: '02:42:0a:5a:00:02',
    mtu: 1500,
    addresses: ['10.90.0.2/24'],
    isolated: false,
    ipv6: false,
    sysctls: {},
    ...more,
  };
}

function sandbox(id: string, more: Partial<SandboxSpec> = {}): SandboxSpec {
  return {
    containerId: id,
    interfaces: [veth({ hostName: `v${id}` })],
    routes: [{ destination: 'default', via: '10.90.0.1', interfaceName: 'eth0' }],
    ...more,
  };
}

const json = (where: string, ...argv: string[]): Record<string, unknown>[] =>
  JSON.parse(lab.inside(where, 'ip', '-j', '-d', ...argv)) as Record<string, unknown>[];

test('a sandbox has its interface, address and route, and talks to the gateway', async () => {
  const path = lab.path('one');
  expect(lab.network.sandboxExists(path)).toBe(false);
  await lab.network.createSandbox(path, sandbox('one'), options);
  expect(lab.network.sandboxExists(path)).toBe(true);
  expect(json(path, 'addr', 'show', 'eth0')).toMatchObject([
    {
      ifname: 'eth0',
      address: '02:42:0a:5a:00:02',
      mtu: 1500,
      operstate: 'UP',
      addr_info: [{ local: '10.90.0.2', prefixlen: 24, broadcast: '10.90.0.255' }],
    },
  ]);
  expect(json(path, 'route')).toMatchObject([
    { dst: 'default', gateway: '10.90.0.1', dev: 'eth0' },
    { dst: '10.90.0.0/24', dev: 'eth0' },
  ]);
  expect(json(path, 'addr', 'show', 'lo')[0]?.['flags']).toContain('UP');
  expect(lab.inside(path, 'cat', '/proc/sys/net/ipv6/conf/eth0/disable_ipv6')).toBe('1\n');
  const [end] = json('host', 'link', 'show', 'vone');
  expect(end).toMatchObject({ master: 'wbr0', ifalias: 'one', operstate: 'UP' });
  expect(lab.inside(path, 'busybox', 'ping', '-c1', '-W2', '10.90.0.1')).toContain(
    '1 packets received',
  );
  await lab.network.createSandbox(path, sandbox('one'), options);
  await lab.network.removeSandbox(path, options);
  await lab.network.removeSandbox(path, options);
  expect(lab.network.sandboxExists(path)).toBe(false);
});
