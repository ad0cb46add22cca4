import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { probeProgram, spaceAddresses } from '@wharf/testing';
import { chooseSeed, random } from '../fault/random.js';
import type { Random } from '../fault/random.js';
import { useEngine } from '../support.js';
import { Loop } from '../support/loop.js';
import { networked } from '../support/networked.js';
import { ourProcesses } from '../support/processes.js';
import { unhurried } from '../support/patience.js';

const engine = useEngine({ space: true });
const { cli, ok } = engine;
const net = networked(engine);
const { host, neighbour } = spaceAddresses;

const deaths = { most: 20, least: 4 };
/** Deaths end earlier on a slow machine rather than the test; killed.e2e.ts has its twenty whatever they take. */
const limitMs = Number(process.env['WHARF_FAULT_LIMIT'] ?? '15') * 1000;
const workers = 3;
/** From an answering daemon to its death. */
const longestLifeMs = 500;
/** For how long nobody answers; the proof in full has 30. */
const absentSeconds = Number(process.env['WHARF_FAULT_ABSENT'] ?? '3');

/** The probe among the processes of a container, whoever lives or dies above it. */
async function within(id: string): Promise<string[]> {
  const pid = await engine.inspect(id, '{{.State.Pid}}');
  return ['nsenter', '--target', pid, '--net', '--mount', '--', '/probe'];
}

/** What a worker does again and again; a daemon that dies meanwhile is no failure of it. */
async function changes(
  name: string,
  { networks, moments }: { networks: readonly [string, string]; moments: Random },
): Promise<void> {
  const port = `${9000 + Number(name.slice(1))}:80`;
  const [first, second] = networks;
  const flags = ['--name', name, '--network', first, '-p', port];
  await cli(['run', '-d', ...flags, 'busybox', 'sleep', '1000']);
  for (let change = moments.below(3); change >= 0; change--) {
    await cli(['network', 'connect', '--alias', `${name}-too`, second, name]);
    await cli(['network', 'disconnect', second, name]);
  }
  await cli(['rm', '-f', name]);
}

const lines = async (...command: string[]): Promise<string[]> =>
  (await engine.space.host(command)).stdout.split('\n').filter((line) => line !== '');

/** What changes by itself, or says when something was made. */
const passing = new Set(['handle', 'expires', 'packets', 'bytes']);

/** The filter as the kernel has it, without what changes by itself; elements of sets in an order of their own. */
async function filter(): Promise<string[]> {
  const { stdout } = await engine.space.host(['nft', '--json', 'list', 'ruleset']);
  const { nftables } = JSON.parse(stdout) as { nftables: readonly object[] };
  const plain = (key: string, value: unknown): unknown => {
    if (passing.has(key)) return undefined;
    if (key !== 'elem' || !Array.isArray(value)) return value;
    return value.map((element) => JSON.stringify(element, plain)).sort();
  };
  return nftables
    .filter((entry) => !('metainfo' in entry))
    .map((entry) => JSON.stringify(entry, plain));
}

/** The filter that the daemon makes of its records: somebody has thrown away what was there. */
async function restored(): Promise<string[]> {
  await engine.space.host(['nft', 'flush', 'ruleset']);
  const before = performance.now();
  while ((await filter()).length === 0 && performance.now() - before < 5000) await sleep(20);
  await sleep(200);
  return filter();
}

test(
  'a daemon that is killed while networks change leaves nothing astray',
  { timeout: 120_000 },
  async () => {
    const moments = random(chooseSeed('networks'));
    const networks = [
      await net.network('--subnet', '10.70.0.0/29'),
      await net.network('--ipv6', '--subnet', 'fd70::/64'),
    ] as const;
    const over = new AbortController();
    const work = Array.from({ length: workers }, async (_, n) => {
      while (!over.signal.aborted) {
        if (engine.daemon.pid === undefined) await sleep(10);
        else await changes(`w${n}`, { networks, moments });
      }
    });
    const begin = performance.now();
    let died = 0;
    const isOver = () => died >= deaths.least && performance.now() - begin >= limitMs;
    for (; died < deaths.most && !isOver(); died++) {
      await sleep(moments.below(longestLifeMs));
      await engine.daemon.kill9();
      await engine.daemon.start();
    }
    over.abort();
    await Promise.all(work);
    const errors = (await engine.daemon.log()).split('\n').filter((line) => / ERROR /.test(line));
    expect(errors).toEqual([]);
    process.stdout.write(`${died} deaths\n`);

    const kept = await net.serving('kept', ['tcp:80'], '--network', networks[0], '-p', '9100:80');
    const found = await filter();
    expect(await restored()).toEqual(found);
    expect(await net.neighbour('ask', '1000', 'tcp', host.v4, '9100')).toBe(`kept ${neighbour.v4}`);
    await ok(['rm', '-f', kept]);

    const left = (await ok(['ps', '-aq'])).split('\n').filter((id) => id !== '');
    if (left.length > 0) await ok(['rm', '-f', ...left]);
    expect(await lines('ip', '-brief', 'link', 'show', 'type', 'veth')).toHaveLength(1);
    const ports = Array.from({ length: workers }, (_, n) => ['-p', `${9000 + n}:80`]).flat();
    await net.up('--network', networks[0], ...ports);
    // Five of the eight addresses are for containers: all are free again.
    for (let more = 1; more < 5; more++) await net.up('--network', networks[0]);
  },
);

test('a filter that somebody flushes is back, and nothing passes meanwhile', async () => {
  const front = await net.network('--ipv6', '--subnet', 'fd71::/64');
  const web = await net.serving('web', ['tcp:80', 'tcp:81'], '--network', front, '-p', '9200:80');
  const other = await net.up('--network', await net.network());
  const inside = await net.up('--network', await net.network('--internal'));
  const [v4, v6] = await Promise.all([
    net.endpoint(web, front, 'IPAddress'),
    net.endpoint(web, front, 'GlobalIPv6Address'),
  ]);
  for (const [family, via] of [
    ['-4', host.v4],
    ['-6', host.v6],
  ] as const) {
    await engine.space.neighbour(['ip', family, 'route', 'replace', 'default', 'via', via]);
  }
  const outside = ['nsenter', `--net=/run/netns/${engine.space.name}o`, await probeProgram()];
  const loopOf = (command: readonly string[], to: readonly string[]): Loop =>
    new Loop([...command, 'loop', '3', '200', 'tcp', ...to]);
  await using _served = new Loop([...outside, 'serve', 'far', 'tcp:9300']);

  await using undo = new AsyncDisposableStack();
  const forbidden = [
    loopOf(outside, [v4, '80']),
    loopOf(outside, [v4, '81']),
    loopOf(outside, [v6, '81']),
    loopOf(await within(other), [v4, '80']),
    loopOf(await within(inside), [v4, '80']),
    loopOf(await within(inside), [neighbour.v4, '9300']),
  ].map((loop) => undo.use(loop));
  for (let flush = 0; flush < 5; flush++) {
    await sleep(200);
    await engine.space.host(['nft', 'flush', 'ruleset']);
    const begin = performance.now();
    await expect
      .poll(() => net.neighbour('ask', '100', 'tcp', host.v4, '9200'), {
        interval: 20,
        timeout: 30_000,
      })
      .toMatch(/^web /);
    expect(performance.now() - begin).toBeLessThan(unhurried(2000));
  }
  for (const loop of forbidden) {
    const { done, failed } = await loop.end();
    expect(done).toBeGreaterThan(5);
    expect(done - failed).toBe(0);
  }
});

test(
  'ports answer and names resolve while the daemon is dead and when it is back',
  { timeout: 30_000 + absentSeconds * 1000 },
  async () => {
    const network = await net.network();
    const name = net.name('web');
    const flags = ['--network', network, '--name', name, '-p', '9400:80'];
    await net.serving('web', ['tcp:80', 'udp:80'], ...flags, '-p', '9400:80/udp');
    const other = await net.up('--network', network);
    const outside = ['nsenter', `--net=/run/netns/${engine.space.name}o`, await probeProgram()];
    const inside = await within(other);
    await using undo = new AsyncDisposableStack();
    const loops = [
      new Loop([...outside, 'loop', '5', '1000', 'tcp', host.v4, '9400']),
      new Loop([...outside, 'loop', '5', '1000', 'udp', host.v4, '9400']),
      new Loop([...inside, 'loop', '5', '1000', 'tcp', name, '80']),
    ].map((loop) => undo.use(loop));
    const handles = () => lines('nft', '--stateless', '--terse', '--handle', 'list', 'ruleset');
    const before = await handles();
    await sleep(200);
    await engine.daemon.kill9();
    await sleep(absentSeconds * 1000);
    await engine.daemon.start();
    await sleep(1000);
    expect(await handles()).toEqual(before);
    for (const loop of loops) {
      const { done, failed, complaints } = await loop.end();
      expect(done).toBeGreaterThan(absentSeconds * 20);
      expect({ failed, complaints }).toEqual({ failed: 0, complaints: '' });
    }
  },
);

test('names are back within a second when the resolver is killed', async () => {
  const network = await net.network();
  const name = net.name('web');
  await net.serving('web', ['tcp:80'], '--network', network, '--name', name);
  const other = await net.up('--network', network);
  await using asking = new Loop([...(await within(other)), 'loop', '5', '50', 'tcp', name, '80']);
  for (let death = 0; death < 3; death++) {
    await sleep(300);
    const [resolver] = await ourProcesses(engine.daemon, 'wharf-resolver');
    expect(resolver).toBeDefined();
    process.kill(resolver ?? 0, 'SIGKILL');
    await expect
      .poll(() => ourProcesses(engine.daemon, 'wharf-resolver'), { timeout: 5000 })
      .toSatisfy((pids: number[]) => pids.length === 1 && pids[0] !== resolver);
    await expect
      .poll(() => net.probe(other, 'ask', '100', 'tcp', name, '80'), { timeout: 5000 })
      .toMatch(/^web /);
  }
  const { done, complaints } = await asking.end();
  expect(done).toBeGreaterThan(20);
  // Tries that fail one after the other are one time without names.
  const failures = complaints.split('\n').filter((line) => line !== '');
  const times = failures.map((line) => Number.parseInt(line, 10));
  const begins = times.filter((at, n) => n === 0 || at - (times[n - 1] ?? 0) > 200);
  const spans = begins.map((from, n) => {
    const until = begins[n + 1] ?? Infinity;
    return Math.max(...times.filter((at) => at >= from && at < until)) - from;
  });
  // On a busy machine one of the starts may be late.
  expect(Math.min(...spans)).toBeLessThan(1000);
  expect(Math.max(...spans)).toBeLessThan(3000);
  process.stdout.write(`${spans.join(' ')} ms without names\n`);
});
