import { makeSpace, probeProgram, spaceAddresses } from '@wharf/testing';
import type { Space } from '@wharf/testing';
import { UnavailableError } from '@wharf/core';
import { interleaved } from '../bench.js';
import type { Bench } from '../bench.js';
import { output, timed } from '../command.js';
import type { Engine } from '../engines/engine.js';
import { starts } from '../engines/starts.js';
import type { Unit } from '../results.js';

/** By engine: the host of its own that it runs on. */
type Spaces = ReadonlyMap<Engine, Space>;

const server = 'bench-server';
const client = 'bench-client';
const network = 'bench-network';
const second = 'bench-second';
const port = { sink: '18081', serve: '18082' };

/** Networks, on engines that have bridges: each on a host of its own, with a neighbour. */
export async function measureBridge(bench: Bench): Promise<void> {
  await using undo = new AsyncDisposableStack();
  const spaces = new Map<Engine, Space>();
  for (const { name } of bench.engines) {
    const space = undo.use(await makeSpace());
    spaces.set(undo.use(await starts[name]({ signal: bench.signal, space: space.name })), space);
  }
  const bridged = { ...bench, engines: [...spaces.keys()] };
  await measureRuns(bridged);
  for (const engine of bridged.engines) await serve(bridged, engine);
  await measureConnect(bridged);
  await measureFlows(bridged, spaces);
  await measureNames(bridged);
  for (const { command } of bridged.engines) {
    await timed(command('rm', '-f', server, client), bridged);
    await timed(command('network', 'rm', network, second), bridged);
  }
}

async function measureRuns(bench: Bench): Promise<void> {
  for (const [key, flags] of [
    ['run bridge serial', []],
    ['run port serial', ['-p', '18080:80']],
  ] as const) {
    const title = `\`${['run --rm', ...flags, 'busybox true'].join(' ')}\`, on the bridge`;
    const run = ({ command, image }: Engine): Promise<number> =>
      timed(command('run', '--rm', ...flags, image, 'true'), bench);
    await interleaved(bench, 2, async (engine) => void (await run(engine)));
    await interleaved(bench, bench.rounds, async (engine) => {
      bench.results.add({ key, title, unit: 'ms' }, engine.name, await run(engine));
    });
  }
}

async function serve(bench: Bench, { command, image }: Engine): Promise<void> {
  const mount = ['-v', `${await probeProgram()}:/probe:ro`];
  const script = `/probe sink 5001 & exec /probe serve ${server} tcp:80`;
  for (const name of [network, second]) await timed(command('network', 'create', name), bench);
  const ports = ['-p', `${port.sink}:5001`, '-p', `${port.serve}:80`];
  const run = ['-d', '--network', network, ...mount];
  await timed(command('run', ...run, ...ports, '--name', server, image, 'sh', '-c', script), bench);
  await timed(command('run', ...run, '--name', client, image, 'sleep', '100000'), bench);
}

async function measureConnect(bench: Bench): Promise<void> {
  const title = '`network connect` of a running container';
  await interleaved(bench, bench.rounds + 2, async ({ name, command }, round) => {
    const taken = await timed(command('network', 'connect', second, client), bench);
    if (round >= 2) bench.results.add({ key: 'connect', title, unit: 'ms' }, name, taken);
    await timed(command('network', 'disconnect', second, client), bench);
  });
}

interface FlowMeasure {
  readonly key: string;
  readonly title: string;
  readonly unit: Unit;
  readonly from: 'host' | 'neighbour';
  readonly probe: readonly string[];
}

function flowMeasures(): readonly FlowMeasure[] {
  const there = spaceAddresses.host.v4;
  const trips = ['trips', '1000'];
  return [
    {
      key: 'port throughput',
      title: 'published port: one stream from a neighbour',
      unit: 'Mbit/s',
      from: 'neighbour',
      probe: ['send', '1', there, port.sink],
    },
    {
      key: 'loopback throughput',
      title: 'published port: one stream from the loopback of the host',
      unit: 'Mbit/s',
      from: 'host',
      probe: ['send', '1', '127.0.0.1', port.sink],
    },
    {
      key: 'port latency',
      title: 'published port: connect, answer and close from a neighbour',
      unit: 'µs',
      from: 'neighbour',
      probe: [...trips, there, port.serve],
    },
    {
      key: 'loopback latency',
      title: 'published port: connect, answer and close from the loopback of the host',
      unit: 'µs',
      from: 'host',
      probe: [...trips, '127.0.0.1', port.serve],
    },
  ];
}

async function measureFlows(bench: Bench, spaces: Spaces): Promise<void> {
  const program = await probeProgram();
  for (const { from, probe, ...head } of flowMeasures()) {
    await interleaved(bench, Math.max(3, Math.ceil(bench.rounds / 6)), async (engine) => {
      const result = await spaces.get(engine)?.[from]([program, ...probe]);
      const [median] = (result?.stdout ?? '').split(' ');
      if (result?.code !== 0) throw new UnavailableError(`${head.key}: ${result?.stderr}`);
      bench.results.add(head, engine.name, Number(median));
    });
  }
}

async function measureNames(bench: Bench): Promise<void> {
  const title = 'names: answers of the engine to one client, one question at a time';
  const load = ['/probe', 'load', '1'];
  await interleaved(bench, Math.max(3, Math.ceil(bench.rounds / 6)), async ({ name, command }) => {
    // podman's server of names has the address of the bridge.
    const ask = `exec ${load.join(' ')} $(awk '/^nameserver/ { print $2; exit }' /etc/resolv.conf) ${server}`;
    const answers = await output(command('exec', client, 'sh', '-c', ask), bench);
    bench.results.add({ key: 'names', title, unit: '1/s' }, name, Number(answers));
  });
}
