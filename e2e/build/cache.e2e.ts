import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { FailedPreconditionError } from '@wharf/core';
import { cliProgram, run, startDaemon, tempDir } from '@wharf/testing';
import type { TestDaemon } from '@wharf/testing';
import { useEngine } from '../support.js';
import { DockerRegistry } from '../support/docker-registry.js';
import { freePort } from '../support/port.js';

const dir = await tempDir();
const [port, lockedPort] = [await freePort(), await freePort()];
const flags = [port, lockedPort].flatMap((each) => ['--insecure-registry', `127.0.0.1:${each}`]);
const engine = useEngine({ flags });
let registry: DockerRegistry;
let locked: DockerRegistry;
let serial = 0;

beforeAll(async () => {
  registry = await DockerRegistry.start({ port });
  locked = await DockerRegistry.start({ port: lockedPort, auth: true });
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await locked[Symbol.asyncDispose]();
  await dir.remove();
});

/** Each RUN writes when it ran, so that only a cache gives the same image twice. */
const dockerfile = `FROM busybox AS build
WORKDIR /src
COPY input .
RUN --mount=type=cache,id=warm,target=/warm echo built >> /warm/log && cp input output && date +%s%N > when
RUN date +%s%N > unneeded
FROM busybox
COPY --from=build /src/output /src/when /app/
RUN date +%s%N > /when
CMD ["cat", "/app/output"]
`;

/** A context of its own. */
async function context(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const path = join(dir.path, `context-${serial++}`);
  await mkdir(path);
  const all = { Dockerfile: dockerfile, input: 'input\n', ...files };
  for (const [name, text] of Object.entries(all)) await writeFile(join(path, name), text);
  return path;
}

/** A daemon that has built nothing, with the base image alone. */
async function fresh(): Promise<TestDaemon> {
  const daemon = await startDaemon({ flags, timeout: 60_000 });
  onTestFinished(async () => {
    await using undo = daemon;
    await undo.assertNoLeaks();
  });
  await on(daemon, ['image', 'bootstrap', 'busybox']);
  return daemon;
}

async function on(daemon: TestDaemon, args: readonly string[], env = {}): Promise<string> {
  const { code, stdout, stderr } = await daemon.wharf(args, { env, timeout: 60_000 });
  if (code === 0) return stdout + stderr;
  throw new FailedPreconditionError(`${args.join(' ')}: exit code ${code}: ${stderr}${stdout}`);
}

interface Built {
  readonly digest: string;
  /** Steps of stages that were not cached. */
  readonly executed: readonly string[];
  readonly cached: readonly string[];
  readonly log: string;
}

async function build(
  daemon: TestDaemon,
  path: string,
  given: readonly string[],
  env = {},
): Promise<Built> {
  const metadata = join(dir.path, `metadata-${serial++}.json`);
  const args = ['build', '--progress', 'plain', '--metadata-file', metadata, ...given, path];
  const log = await on(daemon, args, env);
  const told = JSON.parse(await readFile(metadata, 'utf8')) as Record<string, string>;
  const names = new Map<string, string>();
  const [executed, cached]: [string[], string[]] = [[], []];
  for (const line of log.split('\n')) {
    const [, step = '', rest = ''] = /^#(\d+) (.*)$/.exec(line) ?? [];
    if (/^\[[^\]]*\d+\/\d+\] /.test(rest)) names.set(step, rest.replace(/^\[[^\]]*\] /, ''));
    if (rest === 'CACHED') cached.push(names.get(step) ?? '');
    else if (rest.startsWith('DONE') && names.has(step)) executed.push(names.get(step) ?? '');
  }
  return { digest: told['containerimage.digest'] ?? '', executed, cached, log };
}

const cacheRef = (name: string): string => `${registry.host}/${name}:cache`;

test('a fresh daemon takes all of a build from a registry, and gives the same image', async () => {
  const ref = cacheRef('all');
  const path = await context();
  const to = `type=registry,ref=${ref},mode=max`;
  const first = await build(engine.daemon, path, ['-t', 'all', '--cache-to', to]);
  expect(first.executed.length).toBeGreaterThan(3);
  const other = await fresh();
  const second = await build(other, path, [
    '-t',
    'all',
    '--cache-from',
    `type=registry,ref=${ref}`,
  ]);
  expect(second.executed).toEqual([]);
  expect(second.digest).toBe(first.digest);
  expect(await on(other, ['run', '--rm', '--network', 'none', 'all'])).toContain('input');
  expect(await registry.manifest('all:cache')).toMatchObject({ mediaType: manifestType });
});

test('min carries the layers of the result alone, max those of all stages; both have the records of all', async () => {
  const path = await context();
  const both = (['min', 'max'] as const).flatMap((mode) => [
    '--cache-to',
    `type=registry,ref=${cacheRef(mode)},mode=${mode}`,
  ]);
  const first = await build(engine.daemon, path, both);
  const layers = async (mode: string) =>
    (await registry.manifest(`${mode}:cache`)).document.layers?.map(({ digest }) => digest) ?? [];
  const [min, max] = [await layers('min'), await layers('max')];
  expect(max.length).toBeGreaterThan(min.length);
  expect(max).toEqual(expect.arrayContaining(min));
  const other = await fresh();
  const from = (mode: string) => ['--cache-from', cacheRef(mode)];
  const second = await build(other, path, from('min'));
  expect([second.executed, second.digest]).toEqual([[], first.digest]);
  // The last stage needs another file of the first, whose layers only max has.
  const changed = await context({
    Dockerfile: dockerfile.replace('/src/when /app/', '/src/when /src/unneeded /app/'),
  });
  const cold = await build(other, changed, from('min'));
  expect(cold.executed).toContain('RUN date +%s%N > unneeded');
  const third = await fresh();
  const warm = await build(third, changed, from('max'));
  expect(warm.executed.map((step) => step.split(' ')[0])).toEqual(['COPY', 'RUN']);
});

test('layers of steps that nobody needs are not asked for', async () => {
  const path = await context({ input: 'lazy\n' });
  const ref = cacheRef('lazy');
  await build(engine.daemon, path, ['--cache-to', `type=registry,ref=${ref},mode=max`]);
  const { document } = await registry.manifest('lazy:cache');
  const digests = document.layers?.map(({ digest }) => digest) ?? [];
  const asked = (): number[] => digests.map((digest) => registry.gets(digest));
  const before = asked();
  const other = await fresh();
  await build(other, path, ['-t', 'lazy', '--cache-from', ref]);
  expect(asked().filter((count, at) => count > (before[at] ?? 0))).toHaveLength(2);
});

const again =
  'FROM busybox\nRUN --mount=type=cache,id=warm,target=/warm cat /warm/log && echo again\n';

test('a step that is executed anew finds the cache mount of the other daemon', async () => {
  const path = await context();
  const ref = cacheRef('warm');
  await build(engine.daemon, path, ['--cache-to', `type=registry,ref=${ref},mode=max`]);
  const other = await fresh();
  const next = await context({ Dockerfile: again });
  const { log } = await build(other, next, ['--cache-from', ref]);
  expect(log).toMatch(/^#\d+ [\d.]+ built$/m);
  expect(await on(other, ['builder', 'cache-mount', 'ls'])).toContain('warm');
});

test('a cache mount that is there stays as it is', async () => {
  const ref = cacheRef('warm');
  const next = await context({ Dockerfile: again });
  const wiped = await fresh();
  const own = await context({
    Dockerfile: 'FROM busybox\nRUN --mount=type=cache,id=warm,target=/warm echo own > /warm/log\n',
  });
  await build(wiped, own, []);
  expect((await build(wiped, next, ['--cache-from', ref])).log).toMatch(/^#\d+ [\d.]+ own$/m);
});

test('a directory has a cache, is written to again, and is read', async () => {
  const path = await context();
  const place = join(dir.path, 'local');
  const to = ['--cache-to', `type=local,dest=${place},mode=max`];
  const first = await build(engine.daemon, path, to);
  expect((await readdir(place)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  const index = await readFile(join(place, 'index.json'), 'utf8');
  await build(engine.daemon, path, to);
  expect(await readFile(join(place, 'index.json'), 'utf8')).toBe(index);
  const other = await fresh();
  const second = await build(other, path, ['--cache-from', `type=local,src=${place}`]);
  expect([second.executed, second.digest]).toEqual([[], first.digest]);
});

test('a directory keeps no blobs that its cache does not need any more', async () => {
  const place = join(dir.path, 'tidy');
  const to = ['--cache-to', `type=local,dest=${place},mode=max`];
  const path = await context();
  const blobs = (): Promise<string[]> => readdir(join(place, 'blobs/sha256'));
  await build(engine.daemon, path, to);
  const before = await blobs();
  await writeFile(join(path, 'input'), 'other\n');
  await build(engine.daemon, path, to);
  const after = await blobs();
  expect(after).toHaveLength(before.length);
  expect(after).not.toEqual(before);
  const other = await fresh();
  const from = await build(other, path, ['--cache-from', `type=local,src=${place}`]);
  expect(from.executed).toEqual([]);
});

test('a cache that cannot be written fails the build, unless its errors are ignored', async () => {
  const path = await context();
  const ref = `127.0.0.1:${await freePort()}/nobody:1`;
  const to = (more: string) => ['--cache-to', `type=registry,ref=${ref}${more}`];
  await expect(build(engine.daemon, path, to(''))).rejects.toThrow(ref);
  const { log } = await build(engine.daemon, path, to(',ignore-error=true'));
  expect(log).toContain(`the cache could not be written to ${ref}`);
});

test('an image carries its cache with it', async () => {
  const path = await context();
  const name = `${registry.host}/inline:1`;
  const flags = ['-t', name, '--push', '--cache-to', 'type=inline'];
  await build(engine.daemon, path, flags);
  const other = await fresh();
  const second = await build(other, path, ['-t', 'inline', '--cache-from', name]);
  expect(second.executed).toEqual([]);
  expect(await on(other, ['run', '--rm', '--network', 'none', 'inline'])).toContain('input');
  expect(await on(other, ['pull', name])).toContain('inline:1');
  expect(await on(other, ['run', '--rm', '--network', 'none', name])).toContain('input');
});

test('a private registry is asked with the credentials of the caller', async () => {
  const path = await context();
  const home = join(dir.path, 'home');
  await mkdir(home, { recursive: true });
  const env = { HOME: home, WHARF_CONFIG: undefined, DOCKER_CONFIG: undefined };
  const ref = `${locked.host}/private:cache`;
  const to = ['--cache-to', `type=registry,ref=${ref}`];
  await expect(build(engine.daemon, path, to, env)).rejects.toThrow('authentication required');
  const login = ['login', '-u', 'alice', '-p', 'secret', locked.host];
  await on(engine.daemon, login, env);
  await build(engine.daemon, path, to, env);
  const other = await fresh();
  const refused = await build(other, path, ['--cache-from', ref]);
  expect(refused.log).toContain('is left out');
  expect(refused.executed).not.toEqual([]);
  const third = await fresh();
  expect((await build(third, path, ['--cache-from', ref], env)).executed).toEqual([]);
});

test('a cache that is not there or is none costs a warning', async () => {
  const path = await context();
  await registry.push('image', { layers: [] });
  for (const ref of [cacheRef('missing'), `${registry.host}/image:1`]) {
    const { log } = await build(engine.daemon, path, ['--no-cache', '--cache-from', ref]);
    expect(log).toContain(`the cache ${ref} is left out`);
  }
});

interface Stored {
  readonly config: { readonly digest: string; readonly size: number };
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
}

/** The manifest of a local cache, and where its blobs are. */
async function stored(place: string): Promise<Stored & { readonly blobs: string }> {
  const blobs = join(place, 'blobs/sha256');
  const index = JSON.parse(await readFile(join(place, 'index.json'), 'utf8')) as {
    manifests: readonly { digest: string }[];
  };
  const manifest = await readFile(join(blobs, hexOf(index.manifests[0]?.digest)), 'utf8');
  return { ...(JSON.parse(manifest) as Stored), blobs };
}
const hexOf = (digest = ''): string => digest.slice('sha256:'.length);

async function flip(path: string): Promise<void> {
  const bytes = await readFile(path);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

describe('a cache that somebody has tampered with costs cold steps and gives no wrong image', () => {
  const steps = ['RUN echo one > /one', 'RUN echo two > /two'];
  let place: string;
  let path: string;
  beforeAll(async () => {
    place = join(dir.path, 'tampered');
    path = await context({
      Dockerfile:
        'FROM busybox\nRUN echo one > /one\nRUN echo two > /two\nCMD ["cat", "/one", "/two"]\n',
    });
    await build(engine.daemon, path, ['--cache-to', `type=local,dest=${place},mode=max`]);
  });

  async function builtWith(change: (copy: string) => Promise<void>): Promise<Built> {
    const copy = join(dir.path, `copy-${serial++}`);
    await cp(place, copy, { recursive: true });
    await change(copy);
    const other = await fresh();
    const result = await build(other, path, [
      ...['-t', 'tampered', '--cache-from', `type=local,src=${copy}`],
    ]);
    expect(await on(other, ['run', '--rm', '--network', 'none', 'tampered'])).toBe('one\ntwo\n');
    return result;
  }

  test('a flipped bit of a layer', async () => {
    const { log, executed } = await builtWith(async (copy) => {
      const { blobs, layers } = await stored(copy);
      await flip(join(blobs, hexOf(layers.at(-1)?.digest)));
    });
    expect(log).toContain('of the cache the local cache is left out');
    expect(executed).toEqual(['RUN echo two > /two']);
  });

  test('a layer that is missing', async () => {
    const { executed } = await builtWith(async (copy) => {
      const { blobs, layers } = await stored(copy);
      await rm(join(blobs, hexOf(layers.at(-2)?.digest)));
    });
    expect(executed).toEqual(steps);
  });

  test('a config that is not what its digest says', async () => {
    const flipped = await builtWith(async (copy) => {
      const { blobs, config } = await stored(copy);
      await flip(join(blobs, hexOf(config.digest)));
    });
    expect(flipped.log).toContain('is left out');
    expect(flipped.executed).toEqual(expect.arrayContaining(steps));
  });

  test('a config of something else', async () => {
    const other = await builtWith(async (copy) => {
      const { blobs, layers } = await stored(copy);
      await replaceConfig(
        copy,
        blobs,
        JSON.stringify({ architecture: 'amd64', os: 'linux', layers }),
      );
    });
    expect(other.executed).toEqual(expect.arrayContaining(steps));
  });

  interface Config {
    layers: { blob?: number | undefined }[];
    records: { kind: string; layers: number[]; description: string }[];
  }
  const changed = (change: (config: Config) => void) => async (copy: string) => {
    const { blobs, config } = await stored(copy);
    const read = JSON.parse(await readFile(join(blobs, hexOf(config.digest)), 'utf8')) as Config;
    change(read);
    await replaceConfig(copy, blobs, JSON.stringify(read));
  };

  test('results that do not lie on their base', async () => {
    const turned = await builtWith(
      changed(({ records }) => records.forEach(({ layers }) => layers.reverse())),
    );
    expect(turned.executed).toEqual(steps);
  });

  test('layers that exchange their blobs', async () => {
    const blobs = await builtWith(
      changed(({ layers }) => {
        const [one, two] = layers.slice(-2);
        if (one !== undefined && two !== undefined) [one.blob, two.blob] = [two.blob, one.blob];
      }),
    );
    expect(blobs.log).toContain('is left out');
  });

  async function replaceConfig(copy: string, blobs: string, text: string): Promise<void> {
    const put = async (bytes: string) => {
      const hex = createHash('sha256').update(bytes).digest('hex');
      await writeFile(join(blobs, hex), bytes);
      return { digest: `sha256:${hex}`, size: Buffer.byteLength(bytes) };
    };
    const index = JSON.parse(await readFile(join(copy, 'index.json'), 'utf8')) as {
      manifests: [{ digest: string }];
    };
    const manifest = JSON.parse(
      await readFile(join(blobs, hexOf(index.manifests[0].digest)), 'utf8'),
    ) as { config: object };
    Object.assign(manifest.config, await put(text));
    Object.assign(index.manifests[0], await put(JSON.stringify(manifest)));
    await writeFile(join(copy, 'index.json'), JSON.stringify(index));
  }
});

test('a cache mount goes from one daemon to another through a pipe, and back to its own', async () => {
  const path = await context({
    Dockerfile: 'FROM busybox\nRUN --mount=type=cache,id=moved,target=/m echo kept > /m/file\n',
  });
  await build(engine.daemon, path, ['--no-cache']);
  const other = await fresh();
  const pipe = (to: TestDaemon): Promise<string> => {
    const wharf = (daemon: TestDaemon, verb: string) =>
      `'${cliProgram()}' -H '${daemon.host}' builder cache-mount ${verb} moved`;
    return shell(`${wharf(engine.daemon, 'export')} | ${wharf(to, 'import')}`);
  };
  await pipe(other);
  const reader = await context({
    Dockerfile: 'FROM busybox\nRUN --mount=type=cache,id=moved,target=/m cat /m/file\n',
  });
  expect((await build(other, reader, [])).log).toMatch(/^#\d+ [\d.]+ kept$/m);
  await pipe(engine.daemon);
  expect((await build(engine.daemon, reader, ['--no-cache'])).log).toMatch(/^#\d+ [\d.]+ kept$/m);
});

async function shell(command: string): Promise<string> {
  const { code, stdout, stderr } = await run('sh', ['-c', command]);
  if (code === 0) return stdout;
  throw new FailedPreconditionError(`${command}: exit code ${code}: ${stderr}`);
}

test('what df says can be reclaimed is reclaimed by a prune of all', async () => {
  const other = await fresh();
  const path = await context({ input: 'x'.repeat(1_000_000) });
  await build(other, path, []);
  const usage = async (): Promise<string> => {
    const rows = await on(other, ['system', 'df', '--format', '{{.Type}}\t{{.Size}}']);
    return /Build Cache\t(.*)/.exec(rows)?.[1] ?? '';
  };
  expect(await usage()).toMatch(/MB$/);
  expect(await on(other, ['builder', 'prune', '-af'])).toMatch(/Total reclaimed space: [3-9].*MB/);
  expect(await usage()).toBe('0B');
  const trees = await run('sh', [
    '-c',
    `find '${other.dataRoot}/builds/trees' -type f -size +100k`,
  ]);
  expect(trees.stdout).toBe('');
});

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
