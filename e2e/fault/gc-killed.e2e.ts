import { readdir, stat } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { startFakeRegistry } from '@wharf/testing';
import { useEngine } from '../support.js';
import { busyboxLayer } from '../support/images.js';
import { noise } from '../support/noise.js';
import { file, tar } from '../support/tar.js';
import { chooseSeed, random, type Random } from './random.js';
import { contentOf, nothing } from './stored.js';

const rounds = Number(process.env['WHARF_FAULT_ROUNDS'] ?? 10);
/** Deaths end early on a slow machine rather than the test; more rounds have more time. */
const limitMs = rounds * 5000;
const clients = 3;
/** Commands that end before the daemon dies in the middle of others. */
const longestLife = 12;

const registry = await startFakeRegistry();
const engine = useEngine({ busybox: false, flags: ['--insecure-registry', registry.host] });
const { cli, ok } = engine;
afterAll(() => registry[Symbol.asyncDispose]());

const architecture = arch() === 'x64' ? 'amd64' : arch();
const base = busyboxLayer();
const layer = (name: string, bytes: number): Buffer => tar(file(name, noise(name, bytes)));
const shared = layer('shared', 1 << 20);
const name = (repository: string): string => `${registry.host}/${repository}:1`;

/** Images that share layers, in pairs one more: what one loses, another may need. */
const refs = ['a', 'b', 'c', 'd'].map((repository, n) => {
  const layers = [base, shared, layer(`pair${n >> 1}`, 1 << 20), layer(repository, 2 << 20)];
  registry.store.putImage(repository, '1', { layers, architecture, config: { Cmd: ['true'] } });
  return name(repository);
}) as [string, ...string[]];

const slow = registry.store.putImage('slow', '1', {
  layers: [base, layer('large', 16 << 20)],
  architecture,
  config: { Cmd: ['true'] },
});
const large = slow.layers[1]?.digest ?? '';

/** What may be in the way of a command while others do the same and the daemon dies. */
const expected =
  /no such image|no image|cannot connect|connection|unavailable|conflict|is gone|cancelled|ended/i;

const verbs: readonly [(ref: string) => readonly string[], ...((ref: string) => string[])[]] = [
  (ref) => ['pull', '-q', ref],
  (ref) => ['pull', '-q', ref],
  (ref) => ['pull', '-q', ref],
  (ref) => ['pull', '-q', ref],
  (ref) => ['rmi', '-f', ref],
  () => ['image', 'prune', '-f'],
  () => ['image', 'prune', '-a', '-f'],
  (ref) => ['run', '--rm', '--network', 'none', '--pull', 'never', ref],
];

/** Commands one after the other until the signal; gives what nobody expects. */
async function work({ pick }: Random, ended: () => void, signal: AbortSignal): Promise<string[]> {
  const odd: string[] = [];
  while (!signal.aborted) {
    const args = pick(verbs)(pick(refs));
    const { code, stderr } = await cli(args);
    ended();
    if (code !== 0 && !signal.aborted && !expected.test(stderr))
      odd.push(`${args.join(' ')}: ${stderr}`);
  }
  return odd;
}

/** Bytes of the slow image's large layer that are in. */
async function partial(): Promise<number> {
  const path = join(engine.daemon.dataRoot, 'content/ingest', large.slice(7));
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

const listed = async (): Promise<string[]> =>
  (await ok(['images', '--format', '{{.Repository}}:{{.Tag}}']))
    .split('\n')
    .filter((ref) => ref !== '');

test(
  'a daemon that is killed while it pulls, removes and prunes breaks no image and keeps what is leased',
  { timeout: 120_000 + limitMs },
  async () => {
    const seed = chooseSeed('gc-killed');
    const moments = random(seed);
    const workers = Array.from({ length: clients }, (_, n) => random(seed + n + 1));
    const fault = { type: 'drip', bytes: 64 << 10, everyMs: 50 } as const;
    const stop = registry.misbehave({ kind: 'blob', path: large, fault });
    let [verified, kept] = [0, 0];
    for (const ref of refs) await ok(['pull', '-q', ref]);
    const begin = performance.now();
    let died = 0;
    for (; died < rounds && performance.now() - begin < limitMs; died++) {
      await using pull = engine.start(['pull', name('slow')]);
      const over = new AbortController();
      const alive = Promise.withResolvers<void>();
      let left = moments.below(longestLife);
      const ended = (): void => void (left-- <= 0 && alive.resolve());
      const done = Promise.all(workers.map((worker) => work(worker, ended, over.signal)));
      await alive.promise;
      await sleep(moments.below(100));
      const before = await partial();
      over.abort();
      await engine.daemon.kill9();
      expect((await done).flat()).toEqual([]);
      await pull.ended();
      await engine.daemon.start();
      for (const ref of await listed()) {
        const { code, stdout, stderr } = await cli(['image', 'verify', ref]);
        expect(`${ref}: ${code} ${stderr}${code === 0 ? '' : stdout}`).toBe(`${ref}: 0 `);
        verified += 1;
      }
      await ok(['image', 'prune', '-f']);
      kept = await partial();
      expect(kept).toBeGreaterThanOrEqual(before);
    }
    process.stdout.write(`${died} deaths, ${verified} images verified, ${kept} bytes leased\n`);
    expect(kept).toBeGreaterThan(0);
    stop();
    await ok(['pull', name('slow')]);
    expect(registry.requests.findLast(({ path }) => path.includes(large))?.headers['range']).toBe(
      `bytes=${kept}-`,
    );
    // Each pull that was begun is ended, which ends its lease.
    for (const ref of refs) await ok(['pull', '-q', ref]);
    for (const ref of [...refs, name('slow')]) {
      await ok(['run', '--rm', '--network', 'none', ref]);
      await ok(['image', 'verify', ref]);
    }
    // Of a run whose client lost its daemon between create and start.
    const created = (await ok(['ps', '-aq'])).split('\n').filter((id) => id !== '');
    if (created.length > 0) await ok(['rm', '-f', ...created]);
    await ok(['image', 'prune', '-a', '-f']);
    expect(await contentOf(engine.daemon)).toEqual(nothing);
    expect(await readdir(join(engine.daemon.dataRoot, 'containers'))).toEqual([]);
  },
);
