import { arch } from 'node:os';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { startFakeRegistry, tempDir } from '@wharf/testing';
import type { Behaviour, BuiltImage, FakeRegistry, ImageInput } from '@wharf/testing';
import { useEngine } from '../support.js';
import { busyboxLayer, noiseLayer } from '../support/images.js';

const open = await startFakeRegistry();
const bearer = await startFakeRegistry({ auth: 'bearer' });
const hub = await startFakeRegistry({ auth: 'bearer', anonymousPull: true, redirectBlobs: true });
const hosts = [open, bearer, hub].flatMap(({ host, tokens, cdn }) => [host, tokens.host, cdn.host]);
const engine = useEngine({
  busybox: false,
  flags: hosts.flatMap((host) => ['--insecure-registry', host]),
});
const { cli, ok, refused } = engine;
afterAll(async () => {
  for (const registry of [open, bearer, hub]) await registry[Symbol.asyncDispose]();
});

const base = busyboxLayer();
const architecture = arch() === 'x64' ? 'amd64' : arch();
const megabytes = 8;
let images = 0;

/** An image of the base and one large layer that nobody else has. */
function put(registry: FakeRegistry = open) {
  const repository = `app${images++}`;
  const input: ImageInput = {
    layers: [base, noiseLayer('noise', megabytes << 20)],
    architecture,
    config: { Cmd: ['wc', '-c', '/noise'] },
  };
  const image = registry.store.putImage(repository, '1', input);
  const large = image.layers[1]!;
  return { image, large, ref: `${registry.host}/${repository}:1` };
}

function misbehave(behaviour: Behaviour, registry: FakeRegistry = open): () => void {
  const stop = registry.misbehave(behaviour);
  onTestFinished(stop);
  return stop;
}

const slowly = (digest: string): Behaviour => ({
  kind: 'blob',
  path: digest,
  fault: { type: 'drip', bytes: 128 << 10, everyMs: 100 },
});
const requestsFor = (digest: string, registry: FakeRegistry = open) =>
  registry.requests.filter(({ kind, path }) => kind === 'blob' && path.includes(digest));
const runs = async (ref: string): Promise<void> =>
  expect((await engine.run([ref])).stdout).toBe(`${megabytes << 20} /noise\n`);

/** Bytes of the blob that are on their way in; what a failed pull leaves is resumed from there. */
async function partial({ digest }: { readonly digest: string }): Promise<number> {
  const dir = join(engine.daemon.dataRoot, 'content/ingest');
  const name = (await readdir(dir)).find((each) => digest.endsWith(each));
  return name === undefined ? 0 : (await stat(join(dir, name))).size;
}

async function expectNoImage(ref: string, { layers }: BuiltImage): Promise<void> {
  expect(await ok(['images', '-q', ref])).toBe('');
  const blobs = await readdir(join(engine.daemon.dataRoot, 'content/blobs/sha256'));
  for (const { digest } of layers.slice(1)) expect(blobs).not.toContain(digest.slice(7));
}

test('a download that is cut goes on where it was', async () => {
  const { large, ref } = put();
  misbehave({ kind: 'blob', path: large.digest, times: 3, fault: { type: 'cut', after: 2 << 20 } });
  await ok(['pull', ref]);
  const ranges = requestsFor(large.digest).map(({ headers }) => headers['range'] ?? '');
  expect(ranges[0]).toBe('');
  expect(ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(String(range)))).toBe(true);
  expect(ranges).toHaveLength(4);
  expect(open.bytesSent(large.digest)).toBeLessThan(large.size * 1.05);
  await runs(ref);
});

test('a pull that fails in the middle is resumed by the next', async () => {
  const { image, large, ref } = put();
  const stop = misbehave({
    kind: 'blob',
    path: large.digest,
    fault: { type: 'cut', after: 65536 },
  });
  expect((await refused(['pull', ref])).stderr).toContain(open.host);
  stop();
  await expectNoImage(ref, image);
  const left = await partial(large);
  expect(left).toBeGreaterThan(0);
  await ok(['pull', ref]);
  expect(requestsFor(large.digest).at(-1)?.headers['range']).toBe(`bytes=${left}-`);
  await runs(ref);
});

test('a server without ranges is asked again from the start', async () => {
  const { large, ref } = put();
  const path = large.digest;
  misbehave({ kind: 'blob', path, times: 1, fault: { type: 'cut', after: 2 << 20 } });
  misbehave({ kind: 'blob', path, fault: { type: 'ignore-range' } });
  await ok(['pull', ref]);
  await runs(ref);
});

test('SIGKILL of the daemon in mid-download: the next pull continues', async () => {
  const { image, large, ref } = put();
  const stop = misbehave(slowly(large.digest));
  await using session = engine.start(['pull', ref]);
  await expect.poll(() => partial(large), { timeout: 10_000 }).toBeGreaterThan(1 << 20);
  await engine.daemon.kill9();
  expect(await session.ended()).toBe(1);
  const left = await partial(large);
  stop();
  await engine.daemon.start();
  await expectNoImage(ref, image);
  expect(await partial(large)).toBe(left);
  await ok(['pull', ref]);
  expect(requestsFor(large.digest).at(-1)?.headers['range']).toBe(`bytes=${left}-`);
  expect(requestsFor(large.digest).at(-1)?.bytesSent).toBe(large.size - left);
  await runs(ref);
});

test('SIGKILL of the daemon at ten moments of a pull: the image is whole or absent', async () => {
  const { ref } = put();
  for (let death = 0; death < 10; death++) {
    await using session = engine.start(['pull', ref]);
    await sleep(Math.random() * 250);
    await engine.daemon.kill9();
    await session.ended();
    await engine.daemon.start();
    if ((await ok(['images', '-q', ref])) !== '') await runs(ref);
    await cli(['rmi', '-f', ref]);
  }
  await ok(['pull', ref]);
  await runs(ref);
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s of the client stops the download and leaves what can be resumed',
  async (signal) => {
    const { image, large, ref } = put();
    const stop = misbehave(slowly(large.digest));
    await using session = engine.start(['pull', ref]);
    await expect.poll(() => partial(large), { timeout: 10_000 }).toBeGreaterThan(1 << 20);
    session.kill(signal);
    expect(await session.ended()).toBe(signal === 'SIGINT' ? 130 : 143);
    await sleep(300);
    const left = await partial(large);
    await sleep(500);
    expect(await partial(large)).toBe(left);
    await expectNoImage(ref, image);
    stop();
    await ok(['pull', ref]);
    expect(requestsFor(large.digest).at(-1)?.headers['range']).toBe(`bytes=${left}-`);
    await runs(ref);
  },
);

test('cancelled and begun again at once, many times, the image is whole', async () => {
  const { large, ref } = put();
  const stop = misbehave({
    kind: 'blob',
    path: large.digest,
    fault: { type: 'drip', bytes: 256 << 10, everyMs: 5 },
  });
  for (let n = 0; n < 8; n++) {
    await using session = engine.start(['pull', ref]);
    await sleep(60 + Math.random() * 60);
    session.kill('SIGINT');
    await session.ended();
  }
  stop();
  await ok(['pull', ref]);
  await runs(ref);
});

test('eight clients that pull one image fetch each blob once', async () => {
  const { image, large, ref } = put();
  misbehave({ ...slowly(large.digest), fault: { type: 'drip', bytes: 1 << 20, everyMs: 100 } });
  const all = await Promise.all(Array.from({ length: 8 }, () => cli(['pull', ref])));
  expect(all.map(({ code }) => code)).toEqual(Array.from({ length: 8 }, () => 0));
  expect(requestsFor(large.digest)).toHaveLength(1);
  expect(open.bytesSent(large.digest)).toBe(large.size);
  for (const { stdout } of all) expect(stdout).toContain(`Digest: ${image.descriptor.digest}`);
  await runs(ref);
});

test('a client that leaves does not stop the others', async () => {
  const { large, ref } = put();
  misbehave({ ...slowly(large.digest), fault: { type: 'drip', bytes: 512 << 10, everyMs: 100 } });
  await using first = engine.start(['pull', ref]);
  await expect.poll(() => partial(large), { timeout: 10_000 }).toBeGreaterThan(0);
  await using second = engine.start(['pull', ref]);
  await using third = engine.start(['pull', ref]);
  await second.until('Downloading');
  await third.until('Downloading');
  first.kill('SIGINT');
  expect(await first.ended()).toBe(130);
  third.kill('SIGKILL');
  expect(await second.ended()).toBe(0);
  expect(requestsFor(large.digest)).toHaveLength(1);
  await runs(ref);
});

test('another pull, and rmi, do not wait for a slow one', async () => {
  const slow = put();
  const quick = put();
  misbehave(slowly(slow.large.digest));
  await using session = engine.start(['pull', slow.ref]);
  await expect.poll(() => partial(slow.large), { timeout: 10_000 }).toBeGreaterThan(0);
  await ok(['pull', quick.ref], { timeout: 5000 });
  await ok(['rmi', quick.ref], { timeout: 5000 });
  await ok(['pull', quick.ref], { timeout: 5000 });
  expect(session.running).toBe(true);
  session.kill('SIGINT');
  await session.ended();
});

test('images that share layers are pulled, run and removed side by side', async () => {
  const shared = noiseLayer('noise', megabytes << 20);
  const config = { Cmd: ['wc', '-c', '/noise'] };
  const refs = [0, 1, 2, 3].map((n) => {
    const layers = [base, shared, noiseLayer(`own${n}`, 1000)];
    open.store.putImage(`together${n % 3}`, '1', { layers, architecture, config });
    return `${open.host}/together${n % 3}:1`;
  });
  const rounds = async (ref: string, alone: boolean): Promise<void> => {
    for (let round = 0; round < 4; round++) {
      await ok(['pull', ref]);
      if (alone) await runs(ref);
      const { code } = await cli(['rmi', ref]);
      if (alone) expect(code).toBe(0);
    }
  };
  // The first and the last are the same image, so that each may find it removed by the other.
  await Promise.all(refs.map((ref, n) => rounds(ref, n % 3 !== 0)));
  await ok(['pull', refs[0] ?? '']);
  await runs(refs[0] ?? '');
});

test('on a terminal a layer has a bar, and ctrl-C gives the terminal back', async () => {
  const { large, ref } = put();
  misbehave(slowly(large.digest));
  await using terminal = await engine.terminal(['pull', ref], { columns: 100 });
  await terminal.until(/: Downloading \[=+>? +\] +[\d.]+MB\/8/);
  await terminal.until(/: (Pull complete|Already exists)/);
  await terminal.press('C-c');
  expect(await terminal.ended()).toBe(130);
});

async function loggedIn(host: string, user: string, password: string) {
  const home = await tempDir();
  onTestFinished(() => home.remove());
  const auth = Buffer.from(`${user}:${password}`).toString('base64');
  await mkdir(join(home.path, '.docker'));
  const config = JSON.stringify({ auths: { [host]: { auth } } });
  await writeFile(join(home.path, '.docker/config.json'), config);
  return { env: { HOME: home.path } };
}

test('bearer tokens are fetched with credentials, which nobody else gets', async () => {
  const { ref } = put(bearer);
  expect((await refused(['pull', ref])).stderr).toMatch(/authent|unauthor|login/i);
  expect(
    (await refused(['pull', ref], await loggedIn(bearer.host, 'alice', 'wrong'))).stderr,
  ).toMatch(/authent|unauthor|login|denie/i);
  await ok(['pull', ref], await loggedIn(bearer.host, 'alice', 'secret'));
  await runs(ref);
  const basic = bearer.requests.filter(({ authorization }) => authorization?.startsWith('Basic '));
  expect(new Set(basic.map(({ kind }) => kind))).toEqual(new Set(['token']));
});

test('anonymous tokens, with blobs on another server that sees no token', async () => {
  const { ref } = put(hub);
  await ok(['pull', ref]);
  const cdn = hub.requests.filter(({ origin }) => origin === 'cdn');
  expect(cdn.length).toBeGreaterThan(0);
  expect(cdn.every(({ authorization }) => authorization === undefined)).toBe(true);
  await runs(ref);
});

test('a token that is revoked in mid-download is replaced', async () => {
  const { large, ref } = put(hub);
  misbehave(
    { kind: 'cdn', path: large.digest, times: 1, fault: { type: 'cut', after: 4 << 20 } },
    hub,
  );
  misbehave({ ...slowly(large.digest), kind: 'cdn' }, hub);
  await using session = engine.start(['pull', ref]);
  await session.until('Downloading');
  hub.revokeTokens();
  expect(await session.ended({ timeout: 30_000 })).toBe(0);
  await runs(ref);
});
