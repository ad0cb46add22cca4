import { expect, test } from 'vitest';
import { spaceAddresses } from '@wharf/testing';
import { useEngine } from '../support.js';
import { networked } from '../support/networked.js';

const engine = useEngine({ space: true });
const { ok } = engine;
const net = networked(engine);
const { host, neighbour } = spaceAddresses;

const from = (answer: string): string => answer.replace(/ .*/, '');

/** Who answers at a port of the host: on loopback, and at the address that the neighbour sees. */
async function answers(port: string, protocol = 'tcp'): Promise<string[]> {
  const here = ['ask', '1000', protocol, '127.0.0.1', port];
  const there = ['ask', '1000', protocol, host.v4, port];
  const all = await Promise.all([net.host(...here), net.host(...there), net.neighbour(...there)]);
  return all.map(from);
}

const ports = async (id: string): Promise<string[]> => (await ok(['port', id])).split('\n').sort();

/** Docker publishes on both families at once; that there is a line for IPv6 is tested by itself. */
const v4 = (lines: readonly string[]): string[] => lines.filter((line) => !/\[|-> ::/.test(line));

test('-p HOST:PORT is answered on loopback, on the address of the host, and from elsewhere', async () => {
  const id = await net.serving('web', ['tcp:80'], '-p', '8080:80');
  expect(await answers('8080')).toEqual(['web', 'web', 'web']);
  expect(v4(await ports(id))).toContain('80/tcp -> 0.0.0.0:8080');
});

test('the address of who asks from elsewhere is kept', async () => {
  await net.serving('web', ['tcp:80', 'udp:80'], '-p', '8081:80', '-p', '8081:80/udp');
  for (const protocol of ['tcp', 'udp']) {
    const answer = await net.neighbour('ask', '1000', protocol, host.v4, '8081');
    expect(answer).toBe(`web ${neighbour.v4}`);
  }
});

test('-p PORT/udp publishes UDP and not TCP', async () => {
  await net.serving('names', ['udp:53', 'tcp:53'], '-p', '8053:53/udp');
  expect(await answers('8053', 'udp')).toEqual(['names', 'names', 'names']);
  expect(await answers('8053')).toEqual(['refused', 'refused', 'refused']);
});

test('-p PORT takes a free port, and port tells which', async () => {
  const id = await net.serving('web', ['tcp:80'], '-p', '80');
  const [, port = ''] = /^0\.0\.0\.0:(\d+)$/m.exec(await ok(['port', id, '80'])) ?? [];
  expect(Number(port)).toBeGreaterThan(1023);
  expect(await answers(port)).toEqual(['web', 'web', 'web']);
});

test('-p 127.0.0.1:PORT is for the host alone', async () => {
  const id = await net.serving('mine', ['tcp:80'], '-p', '127.0.0.1:8082:80');
  expect(await ports(id)).toEqual(['80/tcp -> 127.0.0.1:8082']);
  const [loopback, , outside] = await answers('8082');
  expect(loopback).toBe('mine');
  expect(outside).not.toBe('mine');
});

test('-p ADDRESS:PORT is for that address', async () => {
  await net.serving('at', ['tcp:80'], '-p', `${host.v4}:8083:80`);
  expect(await answers('8083')).toEqual(['refused', 'at', 'at']);
});

test('-p ADDRESS::PORT takes a free port of that address', async () => {
  const id = await net.serving('at', ['tcp:80'], '-p', '127.0.0.1::80');
  expect(await ok(['port', id, '80/tcp'])).toMatch(/^127\.0\.0\.1:\d+$/);
});

test('-p with ranges publishes each port', async () => {
  const id = await net.serving('r', ['tcp:80', 'tcp:81', 'tcp:82'], '-p', '8090-8092:80-82');
  expect(v4(await ports(id))).toEqual([
    '80/tcp -> 0.0.0.0:8090',
    '81/tcp -> 0.0.0.0:8091',
    '82/tcp -> 0.0.0.0:8092',
  ]);
  for (const port of ['8090', '8091', '8092']) expect((await answers(port))[2]).toBe('r');
});

test('-p RANGE:PORT takes the first free port of the range', async () => {
  const flags = ['-p', '127.0.0.1:8100-8105:80'];
  const first = await net.serving('one', ['tcp:80'], ...flags);
  const second = await net.serving('two', ['tcp:80'], ...flags);
  expect(await ok(['port', first])).toBe('80/tcp -> 127.0.0.1:8100');
  expect(await ok(['port', second])).toBe('80/tcp -> 127.0.0.1:8101');
  expect(await net.host('ask', '1000', 'tcp', '127.0.0.1', '8101')).toMatch(/^two /);
});

test.each(['8110-8112:80-81', '80:70000', 'x:80', '8080:80/icmp', '1.2.3:80:80'])(
  '-p %s is refused',
  async (text) => {
    const { code, stderr } = await engine.cli(['run', '--rm', '-p', text, 'busybox', 'true']);
    expect(code).toBe(125);
    expect(stderr).toMatch(/invalid|range|not.*address/i);
  },
);

test('-P publishes what is exposed', async () => {
  const flags = ['-P', '--expose', '81', '--expose', '82-83/udp'];
  const id = await net.serving('all', ['tcp:81', 'udp:82', 'udp:83'], ...flags);
  const lines = v4(await ports(id));
  expect(lines.map((line) => line.replace(/:\d+$/, ''))).toEqual([
    '81/tcp -> 0.0.0.0',
    '82/udp -> 0.0.0.0',
    '83/udp -> 0.0.0.0',
  ]);
  const [tcp = '', udp = ''] = lines.map((line) => line.replace(/.*:/, ''));
  expect(await answers(tcp)).toEqual(['all', 'all', 'all']);
  expect(await answers(udp, 'udp')).toEqual(['all', 'all', 'all']);
});

test('--expose alone publishes nothing, and ps shows it', async () => {
  const id = await net.up('--expose', '85');
  expect(await ok(['port', id])).toBe('');
  expect(await ok(['ps', '--filter', `id=${id}`, '--format', '{{.Ports}}'])).toBe('85/tcp');
});

test('ps joins ports that follow each other', async () => {
  const id = await net.up('-p', '127.0.0.1:8120-8122:8120-8122', '-p', '127.0.0.1:8123:90/udp');
  const text = await ok(['ps', '--filter', `id=${id}`, '--format', '{{.Ports}}']);
  expect(text).toBe('127.0.0.1:8120-8122->8120-8122/tcp, 127.0.0.1:8123->90/udp');
});

test('ps shows an address and a port on the default bridge', async () => {
  const id = await net.up('-p', '8124:80');
  const text = await ok(['ps', '--filter', `id=${id}`, '--format', '{{.Ports}}']);
  expect(text.split(', ')[0]).toBe('0.0.0.0:8124->80/tcp');
});

test('ps filters by published and exposed ports', async () => {
  const id = await net.up('-p', '127.0.0.1:8125:80', '--expose', '8126');
  const find = async (filter: string): Promise<string> =>
    ok(['ps', '-q', '--no-trunc', '--filter', filter]);
  expect(await find('publish=8125')).toBe(id);
  expect(await find('publish=8126')).toBe('');
  expect(await find('expose=8126')).toBe(id);
});

test('port of what is not published gives 1', async () => {
  const id = await net.up('-p', '127.0.0.1:8127:80');
  const { code, stderr } = await engine.refused(['port', id, '81']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/no public port '81(\/tcp)?' published/i);
});

test('a port that another container has is refused, and is free when that one is gone', async () => {
  const first = await net.serving('one', ['tcp:80'], '-p', '8130:80');
  const second = net.name('second');
  const { code, stderr } = await engine.cli([
    'run',
    '-d',
    '--name',
    second,
    '-p',
    '8130:80',
    'busybox',
    'true',
  ]);
  try {
    expect(code).toBe(125);
    expect(stderr).toMatch(/8130.*(already allocated|in use)/);
    await ok(['rm', '-f', first]);
    await ok(['start', second]);
  } finally {
    await ok(['rm', '-f', second]);
  }
});

test('a port that a program of the host has is refused', async () => {
  await net.serving('host', ['tcp:8131'], '--network', 'host');
  const { code, stderr } = await engine.cli(['run', '--rm', '-p', '8131:80', 'busybox', 'true']);
  expect(code).toBe(125);
  expect(stderr).toMatch(/8131.*in use/);
});

test('ports come and go with the container', async () => {
  const id = await net.serving('web', ['tcp:80'], '-p', '8132:80');
  await ok(['stop', '-t', '0', id]);
  expect(await answers('8132')).toEqual(['refused', 'refused', 'refused']);
  expect(await ok(['port', id])).toBe('');
  await ok(['start', id]);
  await expect.poll(() => answers('8132')).toEqual(['web', 'web', 'web']);
});

test('IPv6 of the host reaches a published port', async () => {
  const network = await net.network('--ipv6', '--subnet', 'fd00:8133::/64');
  await net.serving('web', ['tcp:80'], '--network', network, '-p', '8133:80');
  const ask = ['ask', '1000', 'tcp', host.v6, '8133'];
  // Docker's bridge takes its time until it may look for others.
  await expect.poll(() => net.host(...ask), { timeout: 8000 }).toMatch(/^web /);
  await expect.poll(() => net.neighbour(...ask), { timeout: 8000 }).toMatch(/^web /);
});

test('a container reaches a port that the host has published', async () => {
  await net.serving('web', ['tcp:80'], '-p', '8134:80');
  const same = await net.up();
  const other = await net.up('--network', await net.network());
  for (const id of [same, other]) {
    expect(from(await net.probe(id, 'ask', '1000', 'tcp', host.v4, '8134'))).toBe('web');
  }
});
