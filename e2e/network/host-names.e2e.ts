import { inNamespace, probeProgram } from '@wharf/testing';
import { expect, test } from 'vitest';
import { useEngine } from '../support.js';
import { networked } from '../support/networked.js';
import { ourProcesses } from '../support/processes.js';
import { Session } from '../support/session.js';

const server = '127.0.53.54';
const engine = useEngine({ space: true, flags: ['--host-names', `${server}:53`] });
const { ok } = engine;
const net = networked(engine);

const ask = (name: string, type = 'A', protocol = 'udp'): Promise<string> =>
  net.host('dns', '2000', server, protocol, type, name);

test('the host finds a container by its name, and by its name and network', async () => {
  const network = await net.network('--ipv6', '--subnet', 'fd00:9:9::/64');
  const name = net.name('web');
  const id = await net.up('--network', network, '--name', name);
  const ip = await net.endpoint(id, network, 'IPAddress');
  expect(await ask(`${name}.wharf.internal`)).toBe(`NOERROR ${ip}`);
  expect(await ask(`${name}.${network}.wharf.internal`, 'A', 'tcp')).toBe(`NOERROR ${ip}`);
  expect(await ask(`${name}.wharf.internal`, 'AAAA')).toMatch(/^NOERROR fd00:9:9::/);
  await ok(['rename', id, `${name}-2`]);
  expect(await ask(`${name}.wharf.internal`)).toBe('NXDOMAIN');
  expect(await ask(`${name}-2.wharf.internal`)).toBe(`NOERROR ${ip}`);
  await ok(['rm', '-f', id]);
  expect(await ask(`${name}-2.wharf.internal`)).toBe('NXDOMAIN');
});

test('containers of the default network have names there too', async () => {
  const name = net.name('plain');
  const id = await net.up('--name', name);
  const ip = await net.endpoint(id, 'bridge', 'IPAddress');
  expect(await ask(`${name}.wharf.internal`)).toBe(`NOERROR ${ip}`);
  expect(await ask(`${name}.bridge.wharf.internal`)).toBe(`NOERROR ${ip}`);
});

test('nothing else is answered, and nobody else can ask', async () => {
  const name = net.name('web');
  const id = await net.up('--name', name);
  expect(await ask('example.com')).toBe('REFUSED');
  expect(await ask(name)).toBe('REFUSED');
  expect(
    await net.probe(id, 'dns', '300', server, 'udp', 'A', `${name}.wharf.internal`),
  ).not.toMatch(/NOERROR/);
  const address = '192.0.2.2';
  expect(await net.neighbour('dns', '300', address, 'udp', 'A', `${name}.wharf.internal`)).toMatch(
    /refused|timeout/,
  );
});

test('info says why nothing is answered when another program has the port', async () => {
  await engine.daemon.stop();
  for (const pid of await ourProcesses(engine.daemon, 'wharf-resolver'))
    process.kill(pid, 'SIGKILL');
  const serve = [await probeProgram(), 'serve', 'other', `udp:${server}:53`];
  const [program = '', ...args] = inNamespace(engine.space.name, serve);
  const other = new Session(program, args, {});
  await other.until('serves');
  await engine.daemon.start();
  const info = await engine.cli(['info']);
  expect(info.stdout + info.stderr).toMatch(/names of containers on the host.*EADDRINUSE/s);
  await other[Symbol.asyncDispose]();
  await engine.daemon.restart();
  const again = await engine.cli(['info']);
  expect(again.stdout + again.stderr).not.toMatch(/names of containers on the host/);
});

test('names are answered while the daemon is dead', async () => {
  const name = net.name('web');
  const id = await net.up('--name', name);
  const ip = await net.endpoint(id, 'bridge', 'IPAddress');
  await engine.daemon.kill9();
  expect(await ask(`${name}.wharf.internal`)).toBe(`NOERROR ${ip}`);
  await engine.daemon.start();
  expect(await ask(`${name}.wharf.internal`)).toBe(`NOERROR ${ip}`);
  expect(await ok(['info'])).not.toMatch(/names of containers on the host/);
});
