import { expect, test } from 'vitest';
import { isOracle, spaceAddresses } from '@wharf/testing';
import { useEngine } from '../support.js';
import { networked } from '../support/networked.js';

const engine = useEngine({ space: true });
const { ok } = engine;
const net = networked(engine);

/** The entries of /etc/hosts: names by address. */
async function hosts(id: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const entries = new Map<string, string[]>();
  for (const line of (await net.exec(id, 'cat', '/etc/hosts')).split('\n')) {
    const [address = '', ...names] = line.trim().split(/\s+/);
    if (address === '' || address.startsWith('#')) continue;
    entries.set(address, [...(entries.get(address) ?? []), ...names]);
  }
  return entries;
}

const settings = async (id: string): Promise<string[]> =>
  (await net.exec(id, 'cat', '/etc/resolv.conf'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

test('a container finds itself and loopback in /etc/hosts', async () => {
  const id = await net.up('--hostname', 'box', '--domainname', 'example.test');
  const found = await hosts(id);
  expect(found.get('127.0.0.1')).toEqual(['localhost']);
  expect(found.get('::1')).toEqual(expect.arrayContaining(['localhost', 'ip6-loopback']));
  const own = await net.endpoint(id, 'bridge', 'IPAddress');
  expect(found.get(own)).toEqual(['box.example.test', 'box']);
});

test('/etc/hosts follows connect and disconnect', async () => {
  const network = await net.network('--subnet', '10.60.0.0/24');
  const id = await net.up('--hostname', 'box');
  const first = await net.endpoint(id, 'bridge', 'IPAddress');
  await ok(['network', 'connect', '--ip', '10.60.0.9', network, id]);
  expect((await hosts(id)).get('10.60.0.9')).toContain('box');
  await ok(['network', 'disconnect', network, id]);
  expect([...(await hosts(id)).keys()]).not.toContain('10.60.0.9');
  // Docker 20.10 takes the name of the first network away too.
  if (!isOracle()) expect((await hosts(id)).get(first)).toContain('box');
});

test('--add-host adds names, and host-gateway is the host', async () => {
  const flags = ['--add-host', 'db:10.1.2.3', '--add-host', 'six:fd00::9'];
  const id = await net.serving('x', ['tcp:80'], ...flags, '--add-host', 'up:host-gateway');
  const found = await hosts(id);
  expect(found.get('10.1.2.3')).toEqual(['db']);
  expect(found.get('fd00::9')).toEqual(['six']);
  const gateway = await net.endpoint(id, 'bridge', 'Gateway');
  expect(found.get(gateway)).toEqual(['up']);
  expect(await net.exec(id, 'grep', 'up', '/etc/hosts')).toContain(gateway);
});

test.each(['db', 'db:', 'db:1.2.3', 'db:not-an-address'])(
  '--add-host %s is refused',
  async (text) => {
    const { code, stderr } = await engine.cli([
      'run',
      '--rm',
      '--add-host',
      text,
      'busybox',
      'true',
    ]);
    expect(code).toBe(125);
    expect(stderr).toMatch(/invalid|bad format/i);
  },
);

test('what a program writes into /etc/hosts stays', async () => {
  const network = await net.network();
  const id = await net.up();
  await net.exec(id, 'sh', '-c', 'echo 10.9.9.9 mine >>/etc/hosts');
  await ok(['network', 'connect', network, id]);
  expect((await hosts(id)).get('10.9.9.9')).toEqual(['mine']);
});

test('on a network of its own a container asks 127.0.0.11', async () => {
  const id = await net.up('--network', await net.network());
  expect(await settings(id)).toEqual(['nameserver 127.0.0.11', 'options ndots:0']);
});

test('on the default bridge it asks the servers of the host', async () => {
  const id = await net.up();
  expect(await settings(id)).toContain(`nameserver ${spaceAddresses.neighbour.v4}`);
});

test('--dns, --dns-search and --dns-option are in /etc/resolv.conf', async () => {
  const flags = ['--dns', '10.1.1.1', '--dns', '10.1.1.2', '--dns-search', 'a.test'];
  const more = ['--dns-search', 'b.test', '--dns-option', 'ndots:3', '--dns-option', 'timeout:2'];
  const id = await net.up(...flags, ...more);
  expect((await settings(id)).sort()).toEqual([
    'nameserver 10.1.1.1',
    'nameserver 10.1.1.2',
    'options ndots:3 timeout:2',
    'search a.test b.test',
  ]);
});

test('options and search domains hold on a network of its own too', async () => {
  const flags = ['--dns-search', 'a.test', '--dns-option', 'ndots:3'];
  const id = await net.up('--network', await net.network(), ...flags);
  const found = await settings(id);
  expect(found).toContain('nameserver 127.0.0.11');
  expect(found).toContain('search a.test');
  expect(
    found
      .find((line) => line.startsWith('options'))
      ?.split(' ')
      .sort(),
  ).toEqual(['options', 'ndots:3'].sort());
});

test('--dns-search . has no search domain', async () => {
  const id = await net.up('--dns-search', '.');
  expect((await settings(id)).filter((line) => line.startsWith('search'))).toEqual([]);
});

test('the files are written although the image has links in their place', async () => {
  const made = net.name('links');
  const make =
    'mkdir -p /r/etc; cd /r; cp -r /bin .; ln -s /tmp/h etc/hosts; ln -s /x etc/resolv.conf';
  const id = await ok(['run', '-d', 'busybox', 'sh', '-c', `${make}; sleep 1000`]);
  try {
    await expect
      .poll(() => engine.cli(['exec', id, 'test', '-L', '/r/etc/resolv.conf']))
      .toMatchObject({ code: 0 });
    const archive = await engine.cli(['exec', id, 'tar', '-C', '/r', '-c', '.']);
    await ok(['import', '-', made], { stdin: archive.stdoutBytes });
    const text = await ok(['run', '--rm', made, 'cat', '/etc/hosts']);
    expect(text).toMatch(/^127\.0\.0\.1\s+localhost$/m);
  } finally {
    await ok(['rm', '-f', id]);
    await engine.cli(['rmi', made]);
  }
});
