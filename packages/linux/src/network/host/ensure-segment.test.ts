import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildAndLoad } from '../../../native/fixture.js';
import { createLab, type Lab } from '../testing/lab.js';

const native = buildAndLoad();
const options = { signal: AbortSignal.timeout(100_000) };
/** Containers of the test; WHARF_TEST_ENDPOINTS=1100 proves what one bridge cannot have. */
const count = Number(process.env['WHARF_TEST_ENDPOINTS'] ?? '12');
const perBridge = count > 1000 ? 1000 : 5;
let lab: Lab;

beforeAll(async () => {
  lab = await createLab(native);
});
afterAll(() => lab[Symbol.asyncDispose](), 100_000);

const bridge = (name: string, addresses: readonly string[], isolated = false) => ({
  name,
  mtu: 1500,
  addresses,
  isolated,
  owner: 'test net',
  ipv6: addresses.some((each) => each.includes(':')),
});

const addressOf = (n: number): string => `10.91.${n >> 8}.${n & 255}`;

async function place(first: string, n: number, parent: string, isolated = false): Promise<string> {
  const path = lab.path(`${first}${n}`);
  await lab.network.createSandbox(
    path,
    {
      containerId: `c${n}`,
      interfaces: [
        {
          kind: 'bridge',
          parent,
          mode: '',
          name: 'eth0',
          hostName: `v${first}${n}`,
          macAddress: `02:57:0a:5b:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`,
          mtu: 1500,
          addresses: [`${addressOf(n)}/16`, `fd00:91::${n.toString(16)}/64`],
          isolated,
          ipv6: true,
          sysctls: { 'net.ipv6.conf.eth0.accept_dad': '0' },
        },
      ],
      routes: [{ destination: '0.0.0.0/0', via: '10.91.255.254', interfaceName: 'eth0' }],
    },
    options,
  );
  return path;
}

const reaches = (from: string, to: string): boolean => {
  try {
    lab.inside(from, 'busybox', 'ping', '-c1', '-W1', to);
    return true;
  } catch {
    return false;
  }
};

test('endpoints on several bridges of a network reach each other and the gateway', async () => {
  const gateways = ['10.91.255.254/16', 'fd00:91::ffff/64'];
  await lab.network.ensureBridge(bridge('one0', gateways), options);
  const segment = { bridge: bridge('one1', []), first: 'one0', up: 'oneu1', down: 'oned1' };
  await lab.network.ensureSegment(segment, options);
  await lab.network.ensureSegment(segment, options);
  const paths: string[] = [];
  const began = performance.now();
  for (let n = 1; n <= count; n++)
    paths.push(await place('a', n, n <= perBridge ? 'one0' : 'one1'));
  const each = (performance.now() - began) / count;
  expect(each).toBeLessThan(50);
  const [first = '', last = ''] = [paths[0], paths.at(-1)];
  // The kernel's table of neighbours is one for all namespaces (gc_thresh3 of neigh.default, 1024): who comes when it
  // is full waits until another entry is old enough.
  const reached = (from: string, to: string): Promise<void> =>
    expect.poll(() => reaches(from, to), { timeout: 15_000 }).toBe(true);
  await reached(first, addressOf(count));
  await reached(last, addressOf(1));
  await reached(last, '10.91.255.254');
  await reached(first, `fd00:91::${count.toString(16)}`);
  await reached(last, 'fd00:91::ffff');
  const step = Math.max(1, Math.floor(count / 100));
  for (let n = 1; n <= count; n += step) await reached('host', addressOf(n));
}, 100_000);

test('what is isolated is so on all bridges, and reaches the gateway', async () => {
  await lab.network.ensureBridge(bridge('iso0', ['10.91.255.254/16'], true), options);
  for (const n of [1, 2])
    await lab.network.ensureSegment(
      {
        bridge: bridge(`iso${n}`, [], true),
        first: 'iso0',
        up: `isou${n}`,
        down: `isod${n}`,
      },
      options,
    );
  const paths = [];
  for (const n of [1, 2, 3, 4]) paths.push(await place('i', 2000 + n, `iso${n >> 1}`, true));
  lab.inside('host', 'ip', 'link', 'set', 'one0', 'down');
  for (const [index, path] of paths.entries()) {
    expect(reaches(path, '10.91.255.254')).toBe(true);
    for (const other of [1, 2, 3, 4])
      if (other !== index + 1) expect(reaches(path, addressOf(2000 + other))).toBe(false);
  }
}, 100_000);
