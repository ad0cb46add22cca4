import type { PublishedPort } from '@wharf/core';
import { expect, test } from 'vitest';
import { wharf } from '../../testing/test-cli.js';
import { fakeEngine, someContainer } from '../../testing/test-engine.js';

const port = (
  containerPort: number,
  protocol: 'tcp' | 'udp',
  hostAddress: string,
  hostPort: number,
): PublishedPort => ({ containerPort, protocol, hostAddress, hostPort });

const web = someContainer({
  ports: [
    port(5000, 'udp', '127.0.0.1', 5000),
    port(80, 'tcp', '0.0.0.0', 8080),
    port(80, 'tcp', '::', 8080),
    port(90, 'tcp', '', 0),
  ],
});
const engine = fakeEngine({ containers: { get: () => Promise.resolve(web) } });

test.each([
  [[], '80/tcp -> 0.0.0.0:8080\n80/tcp -> [::]:8080\n5000/udp -> 127.0.0.1:5000\n'],
  [['80'], '0.0.0.0:8080\n[::]:8080\n'],
  [['80/tcp'], '0.0.0.0:8080\n[::]:8080\n'],
  [['5000/udp'], '127.0.0.1:5000\n'],
])('port web %j', async (argv, out) => {
  expect(await wharf(['port', 'web', ...argv], { engine })).toEqual({ code: 0, out, err: '' });
});

test.each([
  ['80/udp', "no public port '80/udp' published for web"],
  ['90', "no public port '90' published for web"],
  ['a', 'invalid port (a)'],
])('port web %s is refused', async (wanted, why) => {
  const { code, err } = await wharf(['port', 'web', wanted], { engine });
  expect(code).toBe(1);
  expect(err).toContain(why);
});
