/** tools/bench: measures wharf against docker and podman. Run by Bun, from the root of the repository. */
import { mkdir, writeFile } from 'node:fs/promises';
import { CancelledError, isWharfError } from '@wharf/core';
import type { Bench } from './bench.js';
import { removeContainers } from './engines/cleanup.js';
import type { Engine } from './engines/engine.js';
import { starts } from './engines/starts.js';
import { foreignLoad, machineFacts } from './machine.js';
import { measureBridge } from './measure/bridge.js';
import { measureBuilds } from './measure/builds/builds.js';
import { measureCalls } from './measure/calls.js';
import { measureImages } from './measure/images.js';
import { measureLadder } from './measure/ladder.js';
import { measureIdle } from './measure/memory.js';
import { measureRun } from './measure/run.js';
import { measureStart } from './measure/start.js';
import { measureAttach, measureLogs } from './measure/streams.js';
import { engineNames, measurementNames, parseOptions, usage } from './options.js';
import type { MeasurementName, Options } from './options.js';
import { json, markdown, tables } from './report.js';
import type { Report } from './report.js';
import { Results } from './results.js';

const measurements: Readonly<Record<MeasurementName, (bench: Bench) => Promise<void>>> = {
  idle: measureIdle,
  run: measureRun,
  bridge: measureBridge,
  calls: measureCalls,
  start: measureStart,
  ladder: measureLadder,
  logs: measureLogs,
  attach: measureAttach,
  images: measureImages,
  builds: measureBuilds,
};

function say(text: string): void {
  process.stderr.write(`== ${text}\n`);
}

/** Starts the engines, measures, and leaves nothing behind, however it ends. A measurement that fails is left out. */
async function measure(options: Options, signal: AbortSignal): Promise<Report> {
  const date = new Date();
  const load = foreignLoad();
  if (load > 0.5) say(`the machine is busy (load ${load.toFixed(1)}): times will be long and vary`);
  const results = new Results();
  await using running = new AsyncDisposableStack();
  const engines: Engine[] = [];
  for (const name of options.engines) {
    say(`starting ${name}`);
    engines.push(running.use(await starts[name]({ signal })));
  }
  const failures: string[] = [];
  for (const name of options.only) {
    const before = performance.now();
    try {
      await measurements[name]({ ...options, engines, results, signal });
    } catch (error) {
      signal.throwIfAborted();
      failures.push(name);
      say(`${name}: ${explained(error)}`);
      for (const engine of engines) await removeContainers(engine, { signal });
    }
    say(`${name}: ${((performance.now() - before) / 1000).toFixed(0)} s`);
  }
  const machine = await machineFacts();
  const minutes = (Date.now() - date.getTime()) / 60_000;
  say('cleaning up');
  return { date, minutes, load, rounds: options.rounds, machine, engines, results, failures };
}

async function publish(report: Report, options: Options): Promise<void> {
  process.stdout.write(tables(report));
  if (options.json !== undefined) await writeFile(options.json, json(report));
  const isFull = options.only.length === measurementNames.length && !options.quick;
  if (!isFull || report.failures.length > 0 || options.engines.length < engineNames.length) return;
  await mkdir('docs', { recursive: true });
  await writeFile('docs/benchmarks.md', markdown(report));
  say('docs/benchmarks.md is written');
}

function limit(options: Options): AbortSignal {
  const minutes = options.quick ? 8 : 20;
  const controller = new AbortController();
  const stop = (why: string) => () => controller.abort(new CancelledError(why));
  setTimeout(stop(`not over after ${minutes} minutes`), minutes * 60_000).unref();
  process.once('SIGINT', stop('interrupted'));
  process.once('SIGTERM', stop('terminated'));
  return controller.signal;
}

async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv);
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const report = await measure(options, limit(options));
  await publish(report, options);
  return report.failures.length > 0 ? 1 : 0;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`tools/bench: ${explained(error)}\n`);
    process.exit(isWharfError(error) && error.code === 'invalid-argument' ? 2 : 1);
  },
);

function explained(error: unknown): string {
  return isWharfError(error) ? error.message : Bun.inspect(error);
}
