import { spaceAddresses } from '@wharf/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useEngine } from '../support.js';
import { networked } from '../support/networked.js';

const engine = useEngine({ space: true, flags: ['--publish-scope', 'lan'] });
const net = networked(engine);
const { host } = spaceAddresses;
/** The neighbour's addresses are of documentation prefixes, which count as far away; these do not. */
const near = { v4: '10.77.0.1', v6: 'fd00:77::1' };
const here = { v4: '10.77.0.2', v6: 'fd00:77::2' };

async function addresses(verb: string): Promise<void> {
  const change = (address: string): string[] => [
    'ip',
    'address',
    verb,
    address,
    'dev',
    'up0',
    'nodad',
  ];
  for (const [v4, v6] of [[near.v4, near.v6]] as const) {
    await engine.space.neighbour(change(`${v6}/64`));
    await engine.space.neighbour(['ip', 'address', verb, `${v4}/24`, 'dev', 'up0']);
  }
  await engine.space.host(change(`${here.v6}/64`));
  await engine.space.host(['ip', 'address', verb, `${here.v4}/24`, 'dev', 'up0']);
}

beforeAll(() => addresses('add'));
afterAll(() => addresses('delete'));

let next = 18300;

/** From loopback, from a private address and from another one: what answers. */
async function reached(...flags: string[]): Promise<Record<string, string>> {
  const port = String(next++);
  const network = await net.network('--ipv6', '--subnet', `fd00:6:${next.toString(16)}::/64`);
  await net.serving('web', ['tcp:80'], '--network', network, '-p', `${port}:80`, ...flags);
  const ask = (to: string): string[] => ['ask', '700', 'tcp', to, port];
  const said = (text: string): string => (text.startsWith('web ') ? 'yes' : 'no');
  return {
    loopback: said(await net.host(...ask('127.0.0.1'))),
    lan: said(await net.neighbour(...ask(here.v4))),
    lan6: said(await net.neighbour(...ask(here.v6))),
    far: said(await net.neighbour(...ask(host.v4))),
    far6: said(await net.neighbour(...ask(host.v6))),
  };
}

const lan = { loopback: 'yes', lan: 'yes', lan6: 'yes', far: 'no', far6: 'no' };

test('the scope of the daemon is that of ports that name no address', async () => {
  expect(await reached()).toEqual(lan);
});

test.each([
  ['lan', lan],
  ['any', { loopback: 'yes', lan: 'yes', lan6: 'yes', far: 'yes', far6: 'yes' }],
  ['loopback', { loopback: 'yes', lan: 'no', lan6: 'no', far: 'no', far6: 'no' }],
])('a container has its own: %s', async (scope, wanted) => {
  expect(await reached('--publish-scope', scope)).toEqual(wanted);
});
