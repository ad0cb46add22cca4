import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { tempDir } from '@wharf/testing';
import { interleaved } from '../bench.js';
import type { Bench } from '../bench.js';
import { plainEnv, timed } from '../command.js';
import type { CallOptions } from '../command.js';
import { background } from '../engines/background.js';
import type { Engine } from '../engines/engine.js';
import { shell } from '../engines/shell.js';
import { measuredPeak } from '../processes.js';

/** Where the images are kept between runs; they take minutes to make. */
const cache = resolve('.cache/bench-images');

interface Fixture extends AsyncDisposable {
  /** Host and port of a registry that has every image as python:MARK. */
  readonly registry: string;
}

/**
 * A real image of Debian and Python in five layers. Each round has an image of its own, of the same files under other
 * digests: nothing is there already, and no tree is removed between two rounds, which would make ext4 slow.
 */
export async function measureImages(bench: Bench): Promise<void> {
  const rounds = bench.quick ? 1 : 3;
  const pulled = marks('p', rounds);
  const loaded = marks('l', rounds);
  await using fixture = await startFixture([...pulled, ...loaded], pulled, bench);
  const { registry } = fixture;
  await interleaved(bench, rounds, async (engine, round) => {
    const reference = `${registry}/python:${pulled[round]}`;
    const pull = (): Promise<number> => timed(engine.command('pull', reference), bench);
    const { value, grownMB } = await measuredPeak(engine, pull);
    add(bench, engine, 'pull', `pull of ${subject}`, value);
    const title = `growth of the daemon's memory at its peak, pull of ${subject}`;
    if (grownMB !== undefined) {
      bench.results.add({ key: 'pull peak', title, unit: 'MB' }, engine.name, grownMB);
    }
  });
  await interleaved(bench, rounds, async (engine, round) => {
    const archive = join(cache, `${loaded[round]}.tar`);
    const load = await timed(engine.command('load', '-i', archive), bench);
    add(bench, engine, 'load', `load of ${subject}, a docker-archive`, load);
  });
  await interleaved(bench, rounds, async (engine, round) => {
    const name = `${registry}/${engine.name}/python:${round}`;
    await timed(engine.command('tag', `localhost/python:${loaded[round]}`, name), bench);
    const push = await timed(engine.command('push', name), bench);
    add(bench, engine, 'push', `push of ${subject}, loaded before`, push);
  });
  await using out = await tempDir('wharf-bench-save-');
  await interleaved(bench, rounds, async (engine, round) => {
    const target = join(out.path, `${engine.name}-${round}.tar`);
    const reference = `${registry}/python:${pulled[round]}`;
    const save = await timed(engine.command('save', '-o', target, reference), bench);
    add(bench, engine, 'save', `save of ${subject}, pulled before`, save);
  });
}

const subject = 'Debian with Python, 464 MB in 5 layers';

function marks(prefix: string, rounds: number): string[] {
  return Array.from({ length: rounds }, (_, round) => `${prefix}${round}`);
}

function add({ results }: Bench, { name }: Engine, key: string, title: string, value: number) {
  results.add({ key, title, unit: 'ms' }, name, value);
}

async function startFixture(
  all: readonly string[],
  pushed: readonly string[],
  options: CallOptions,
): Promise<Fixture> {
  await using undo = new AsyncDisposableStack();
  await mkdir(cache, { recursive: true });
  const { path: work } = undo.use(await tempDir('wharf-bench-registry-'));
  const env = plainEnv(work);
  await timed(shell(['python_images', cache, ...all], env), options);
  const port = await freePort();
  const registry = `127.0.0.1:${port}`;
  const daemon = await background(shell(['exec_registry', work, String(port)], env), {
    ...options,
    logFile: join(work, 'registry.log'),
    answers: async ({ signal }) => (await fetch(`http://${registry}/v2/`, { signal })).ok,
  });
  undo.defer(() => daemon.stop());
  for (const mark of pushed) {
    const target = `docker://${registry}/python:${mark}`;
    const argv = ['/usr/bin/skopeo', 'copy', '-q', '--dest-tls-verify=false'];
    await timed({ argv: [...argv, `oci:${cache}/oci:${mark}`, target], env }, options);
  }
  const end = undo.move();
  return { registry, [Symbol.asyncDispose]: () => end.disposeAsync() };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
