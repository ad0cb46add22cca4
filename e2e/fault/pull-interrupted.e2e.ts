import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { arch } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { startFakeRegistry } from '@wharf/testing';
import { useEngine } from '../support.js';
import { busyboxLayer } from '../support/images.js';
import { noise } from '../support/noise.js';
import type { Session } from '../support/session.js';
import { file, tar } from '../support/tar.js';
import { inFlight } from '../support/unread.js';
import { chooseSeed, random, type Random } from './random.js';
import { contentOf, nothing } from './stored.js';

/**
 * WHARF_FAULT_PULLS and WHARF_FAULT_IMAGE_MIB make it larger: 100 pulls of 1024 MiB is what the specification speaks
 * of. Pulls end early on a slow machine rather than the test, after WHARF_FAULT_MINUTES for each way to interrupt.
 */
const pulls = Number(process.env['WHARF_FAULT_PULLS'] ?? 6);
const mebibytes = Number(process.env['WHARF_FAULT_IMAGE_MIB'] ?? 96);
const minute = 60_000;
const limitMs = Number(process.env['WHARF_FAULT_MINUTES'] ?? 0.5) * minute;
/** Of an image, what may be fetched twice; what is in sockets at a death is a larger part of a small one. */
const excess = mebibytes < 1024 ? 0.1 : 0.05;

const registry = await startFakeRegistry();
/**
 * A sender as fast as loopback has always filled the buffers of both kernels, some MiB a connection; at this pace, which
 * grows with the image, they are a small part of it.
 */
const pace = { bytes: Math.ceil((mebibytes << 10) / 1.5), everyMs: 1 };
registry.misbehave({ kind: 'blob', fault: { type: 'drip', ...pace } });
const cables = new Set<Socket>();
registry.onConnection((socket) => {
  cables.add(socket);
  socket.once('close', () => cables.delete(socket));
});
const engine = useEngine({ busybox: false, flags: ['--insecure-registry', registry.host] });
const { cli, ok } = engine;
afterAll(() => registry[Symbol.asyncDispose]());

const files = [1, 1, 2, 4, 8].map((share, n) => {
  const name = `noise${n}`;
  const body = noise(name, (mebibytes << 16) * share);
  return { name, bytes: body.length, layer: tar(file(name, body)), sum: hashed(body) };
});
const image = registry.store.putImage('large', '1', {
  layers: [busyboxLayer(), ...files.map(({ layer }) => layer)],
  architecture: arch() === 'x64' ? 'amd64' : arch(),
  compression: ['gzip', 'gzip', 'zstd', 'none', 'gzip', 'none'],
  config: { Cmd: ['stat', '-c', '%n %s', ...files.map(({ name }) => `/${name}`)] },
});
const ref = `${registry.host}/large:1`;
const size = image.layers.reduce((sum, layer) => sum + layer.size, image.config.size);
const digests = [image.descriptor, image.config, ...image.layers].map(({ digest }) => digest);

/** Bytes of blobs that the kernel took from the registry, whether or not they ever arrived. */
const sentSince = (mark: number): number =>
  registry.requests
    .slice(mark)
    .reduce((sum, { kind, bytesSent }) => (kind === 'blob' ? sum + bytesSent : sum), 0);

/** The first moment at which so much has been fetched; false when the pull was over before. */
async function reached(session: Session, mark: number, bytes: number): Promise<boolean> {
  while (session.running) {
    if (sentSince(mark) >= bytes) return true;
    await sleep(2);
  }
  return false;
}

/** What is listed is whole. */
async function expectNoHalf(): Promise<void> {
  if ((await ok(['images', '-q', ref])) !== '') await expectRuns();
}

async function expectRuns(): Promise<void> {
  const { code, stdout, stderr } = await engine.run([ref]);
  expect(`${code} ${stderr}`).toBe('0 ');
  expect(stdout).toBe(files.map(({ name, bytes }) => `/${name} ${bytes}\n`).join(''));
}

/** It runs, every byte of it is right, and nothing else is stored. */
async function expectWhole(): Promise<void> {
  await expectRuns();
  const snapshots = join(engine.daemon.dataRoot, 'snapshots');
  const sums = new Map<string, string>();
  for (const layer of await readdir(snapshots)) {
    for (const name of await readdir(join(snapshots, layer, 'fs'))) {
      if (!name.startsWith('noise')) continue;
      sums.set(name, await hashedFile(join(snapshots, layer, 'fs', name)));
    }
  }
  expect([...sums].sort()).toEqual(files.map(({ name, sum }) => [name, sum]));
  expect(await contentOf(engine.daemon)).toEqual({
    ...nothing,
    blobs: [...new Set(digests)].sort(),
    snapshots: image.layers.length,
  });
}

/** How many bytes are in before each interruption, and how long it waits then; the last may meet the unpacking. */
function moments({ below }: Random): readonly { readonly bytes: number; readonly ms: number }[] {
  const found = Array.from({ length: 1 + below(2) }, () => ({ bytes: below(size), ms: 0 }));
  if (below(3) === 0) found.push({ bytes: size, ms: below(300) });
  return found.sort((a, b) => a.bytes - b.bytes);
}

/** What the registry sends from now on, and whatever is on its way, never comes. */
function cut(): void {
  for (const socket of cables) socket.resetAndDestroy();
}

/** Ends once no thread of it runs: what it has not read by then is told by the kernel. */
async function frozen(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await expect
    .poll(() => readFile(`/proc/${pid}/stat`, 'latin1'), { interval: 1 })
    .toMatch(/\) T /);
}

interface Break {
  /** Bytes that the registry sent and the daemon could not have. */
  readonly lost: number;
  readonly goesOn: boolean;
}

const port = Number(registry.host.split(':')[1]);
const breaks = {
  /** Every connection is reset at once: what the registry's kernel still held is lost. The daemon goes on by itself. */
  'the cable': async (): Promise<Break> => {
    const pid = engine.daemon.pid ?? 0;
    await frozen(pid);
    const { unsent } = inFlight(port);
    cut();
    process.kill(pid, 'SIGCONT');
    await expectNoHalf();
    return { lost: unsent, goesOn: true };
  },
  'SIGKILL of the daemon': async (session: Session): Promise<Break> => {
    await frozen(engine.daemon.pid ?? 0);
    const { unsent, unread } = inFlight(port);
    // It takes a moment to die, in which the registry would go on to send.
    cut();
    await engine.daemon.kill9();
    await session.ended();
    await engine.daemon.start();
    await expectNoHalf();
    return { lost: unsent + unread, goesOn: false };
  },
};

interface Pulled {
  readonly interruptions: number;
  /** Bytes. */
  readonly sent: number;
  readonly lost: number;
}

async function interruptedPull(kind: keyof typeof breaks, numbers: Random): Promise<Pulled> {
  const mark = registry.requests.length;
  let [interruptions, lost] = [0, 0];
  let session = engine.start(['pull', ref]);
  try {
    for (const { bytes, ms } of moments(numbers)) {
      if (!(await reached(session, mark, bytes))) break;
      await sleep(ms);
      if (!session.running) break;
      interruptions += 1;
      const broken = await breaks[kind](session);
      lost += broken.lost;
      if (!broken.goesOn) session = engine.start(['pull', ref]);
    }
    const code = await session.ended({ timeout: 2 * minute });
    expect(`${code} ${session.stderr}`).toMatch(/^0 /);
  } finally {
    await session[Symbol.asyncDispose]();
  }
  return { interruptions, lost, sent: sentSince(mark) };
}

test.each(['the cable', 'SIGKILL of the daemon'] as const)(
  'pulls that %s interrupts are completed and fetch little twice',
  { timeout: limitMs + 2 * minute + mebibytes * 300 },
  async (kind) => {
    const numbers = random(chooseSeed(`pull-interrupted, ${kind}`));
    const done: Pulled[] = [];
    const begin = performance.now();
    while (done.length < pulls / 2 && performance.now() - begin < limitMs) {
      const pulled = await interruptedPull(kind, numbers);
      await expectWhole();
      await ok(['rmi', ref]);
      expect(await contentOf(engine.daemon)).toEqual(nothing);
      if (pulled.interruptions > 0) done.push(pulled);
    }
    const interruptions = done.reduce((sum, one) => sum + one.interruptions, 0);
    const fetched = done.map(({ sent, lost }) => (sent - lost) / size - 1);
    const sent = done.map((one) => one.sent / size - 1);
    process.stdout.write(
      `${kind}: ${done.length} pulls of ${size} bytes, ${interruptions} interruptions; ` +
        `fetched twice: ${spread(fetched)}; sent twice, with what was lost on the way: ${spread(sent)}\n`,
    );
    // Of a small image the buffers of the kernel are a large part; of a large one, what was lost in them counts too.
    expect(Math.max(...(mebibytes < 1024 ? fetched : sent))).toBeLessThanOrEqual(excess);
    expect((await cli(['images', '-aq'])).stdout).toBe('');
  },
);

function spread(parts: readonly number[]): string {
  const mean = parts.reduce((sum, one) => sum + one, 0) / parts.length;
  return `${percent(mean)} in the mean, ${percent(Math.max(...parts))} at most`;
}

function hashed(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function hashedFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}

const percent = (part: number): string => `${(100 * part).toFixed(2)} %`;
