import { expect, test } from 'vitest';
import { spaceAddresses } from '@wharf/testing';
import { useEngine } from '../support.js';
import { networked } from '../support/networked.js';

/** So that the kernel's limit of 1023 ports is met by a dozen containers. */
const perBridge = 4;
const engine = useEngine({ space: true, flags: ['--bridge-ports', String(perBridge)] });
const { ok } = engine;
const net = networked(engine);
const count = 10;

/** By bridge, the ends of pairs with an inner end in a container. */
async function ports(): Promise<Record<string, number>> {
  const { stdout } = await engine.space.host(['ip', '-j', 'link', 'show', 'type', 'veth']);
  const links = JSON.parse(stdout) as { ifname: string; master?: string }[];
  const counts: Record<string, number> = {};
  for (const { ifname, master = '' } of links)
    if (ifname.startsWith('wv')) counts[master] = (counts[master] ?? 0) + 1;
  return counts;
}

test('a network with more containers than a bridge has ports is one network all the same', async () => {
  const network = await net.network('--ipv6', '--subnet', 'fd00:8:8::/64');
  const names = Array.from({ length: count }, (_, n) => `many${n}-${net.name('c')}`);
  const ids = await Promise.all(
    names.map((name, n) => {
      const publish = n === 0 || n === count - 1 ? ['-p', `${18200 + n}:80`] : [];
      const flags = ['--network', network, '--name', name, '--network-alias', 'all', ...publish];
      return net.serving(name, ['tcp:80'], ...flags);
    }),
  );
  const sizes = Object.values(await ports()).sort();
  expect(sizes).toEqual([2, perBridge, perBridge]);
  const everyName = names.flatMap((name) => ['tcp', name, '80']);
  for (const id of [ids[0] ?? '', ids[4] ?? '', ids[9] ?? '']) {
    const answers = (await net.probe(id, 'ask', '2000', ...everyName)).split('\n');
    expect(answers.map((line) => line.split(' ')[0])).toEqual(names);
  }
  const addresses = await Promise.all(
    ids.map((id) => net.endpoint(id, network, 'GlobalIPv6Address')),
  );
  const everyAddress = addresses.flatMap((address) => ['tcp', address, '80']);
  const answers = (await net.probe(ids[9] ?? '', 'ask', '2000', ...everyAddress)).split('\n');
  expect(answers.map((line) => line.split(' ')[0])).toEqual(names);
  await engine.daemon.kill9();
  await engine.daemon.start();
  const { host, neighbour } = spaceAddresses;
  for (const n of [0, count - 1]) {
    const port = String(18200 + n);
    expect(await net.neighbour('ask', '2000', 'tcp', host.v4, port)).toBe(
      `${names[n]} ${neighbour.v4}`,
    );
    expect(await net.host('ask', '2000', 'tcp', '127.0.0.1', port)).toMatch(names[n] ?? '');
  }
  await ok(['rm', '-f', ...ids]);
  await ok(['network', 'rm', network]);
  const { stdout } = await engine.space.host(['ip', '-o', 'link']);
  expect(stdout).not.toMatch(/ w[ud]\d|wb[1-9]-/);
}, 120_000);
