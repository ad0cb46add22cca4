import { beforeAll, expect, test } from 'vitest';
import { useEngine } from '../support.js';
import { nameServer } from '../support/name-server.js';
import { networked } from '../support/networked.js';

const engine = useEngine({ space: true });
const net = networked(engine);

beforeAll(async () => {
  const names = await nameServer(engine.space);
  return () => names[Symbol.asyncDispose]();
});

test('a search domain completes names of the world, and names of containers come first', async () => {
  const network = await net.network();
  const domains = ['--dns-search', 'example', '--dns-search', network];
  const name = net.name('web');
  const served = await net.serving('web', ['tcp:80'], '--network', network, '--name', name);
  const id = await net.up('--network', network, ...domains);
  const ip = await net.endpoint(served, network, 'IPAddress');
  expect(await net.exec(id, 'sh', '-c', `nslookup ${name} | tail -n +3`)).toContain(ip);
  expect(await net.exec(id, 'sh', '-c', 'nslookup -type=a known | tail -n +3')).toContain(
    '198.51.100.7',
  );
});
