import { appendFile, cp, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test as anyTest } from 'vitest';
import { tempDir } from '@wharf/testing';
import type { RunResult, TempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import { lacksArchive } from '../support/debian-archive.js';
import { debianArchive } from '../support/debian-image.js';
import { reachOfHost } from '../support/host-reach.js';
import { freePort } from '../support/port.js';

const lacking = await lacksArchive();
const test = anyTest.skipIf(lacking);
const testAll = anyTest.skipIf(lacking || process.env['WHARF_RECIPES'] !== 'all');
const engine = useEngine({ busybox: false });
const { cli, ok } = engine;
const minutes = 60_000;
const base = 'recipes/debian:1';
const recipes = ['redis', 'nginx', 'postgres', 'python', 'node'] as const;
type Recipe = (typeof recipes)[number];

let dir: TempDir;
/** What lets a step reach the archive as this machine does. */
let reach: string[] = [];
const built = new Map<string, string>();

beforeAll(async () => {
  if (lacking) return;
  dir = await tempDir('wharf-recipes-');
  // Outside of any repository, whose last commit would have a say in the image.
  await cp(join(import.meta.dirname, 'recipes'), join(dir.path, 'recipes'), { recursive: true });
  reach = await reachOfHost(dir.path);
  await ok(['import', await debianArchive([]), base], { timeout: 2 * minutes });
}, 8 * minutes);

afterAll(() => dir?.remove());

const folder = (...path: string[]): string => join(dir.path, 'recipes', ...path);

async function build(tag: string, path: string, ...flags: string[]): Promise<RunResult> {
  const args = ['build', '--progress', 'plain', '--build-arg', `BASE=${base}`, ...reach, ...flags];
  const result = await cli([...args, '-t', tag, path], { timeout: 5 * minutes });
  expect(result, result.stderr).toMatchObject({ code: 0 });
  return result;
}

const recipe = (name: Recipe, ...flags: string[]): Promise<RunResult> =>
  build(`recipes/${name}`, folder(name), ...flags);

const digest = (tag: string): Promise<string> =>
  ok(['image', 'inspect', '-f', '{{.Descriptor.digest}}', tag]);

/** Steps of the Dockerfile that were executed, by what they say. */
function executed({ stderr }: RunResult): string[] {
  const steps = new Map([...stderr.matchAll(/^#(\d+) \[[^\]]*\d+\/\d+\] (.*)$/gm)].map(numbered));
  for (const [, number] of stderr.matchAll(/^#(\d+) CACHED$/gm)) steps.delete(Number(number));
  return [...steps.values()].filter((step) => !step.startsWith('FROM '));
}

const numbered = ([, number, step = '']: RegExpExecArray): [number, string] => [
  Number(number),
  step,
];

/** Runs in the background, and goes after the test. */
async function up(name: string, ...args: string[]): Promise<void> {
  await ok(['run', '-d', '--name', name, ...args]);
  onTestFinished(async () => void (await cli(['rm', '-f', '-v', name])));
}

async function volume(name: string): Promise<string> {
  await ok(['volume', 'create', name]);
  onTestFinished(async () => void (await cli(['volume', 'rm', '-f', name])));
  return name;
}

/** Standard output of a command that succeeds in the end: servers take their time. */
async function eventually(...args: string[]): Promise<string> {
  let last: RunResult | undefined;
  const code = async (): Promise<number> => (last = await cli(args)).code;
  await expect.poll(code, { timeout: 30_000, interval: 200 }).toBe(0);
  return last?.stdout.trim() ?? '';
}

const fetched = async (url: string): Promise<string> => (await fetch(url)).text();

async function eventuallyFetched(url: string): Promise<string> {
  const poll = { timeout: 20_000, interval: 200 };
  await expect.poll(() => fetched(url).catch(() => undefined), poll).toBeDefined();
  return fetched(url);
}

test('all recipes are built, side by side', { timeout: 6 * minutes }, async () => {
  const results = await Promise.all(recipes.map((name) => recipe(name)));
  for (const result of results) expect(executed(result)).not.toEqual([]);
  for (const name of recipes) built.set(name, await digest(`recipes/${name}`));
});

test('what gave the build its way to the archive is in none of them', async () => {
  const secrets = /99host|run\/secrets|ca-certificates.crt/;
  for (const name of recipes) {
    expect(await ok(['image', 'diff', base, `recipes/${name}`])).not.toMatch(secrets);
    expect(await ok(['history', '--no-trunc', `recipes/${name}`])).not.toContain('Acquire::');
  }
});

test('redis answers, without root, and keeps a key over a restart', async () => {
  const keys = await volume('keys');
  await up('cache', '-v', `${keys}:/data`, 'recipes/redis', '--appendonly', 'yes');
  const ask = (...words: string[]): string[] => ['exec', 'cache', 'redis-cli', ...words];
  expect(await eventually(...ask('PING'))).toBe('PONG');
  expect(await ok(['exec', 'cache', 'stat', '-c', '%U %u', '/proc/1', '/data/appendonlydir'])).toBe(
    'redis 999\nredis 999',
  );
  expect(await ok(ask('SET', 'answer', '42'))).toBe('OK');
  await ok(['restart', 'cache']);
  expect(await eventually(...ask('PING'))).toBe('PONG');
  expect(await ok(ask('GET', 'answer'))).toBe('42');
});

test('nginx serves a published port, logs to the container, and stops in peace', async () => {
  const port = await freePort();
  await up('web', '-p', `127.0.0.1:${port}:8080`, '-e', 'NGINX_PORT=8080', 'recipes/nginx');
  expect(await eventuallyFetched(`http://127.0.0.1:${port}/`)).toContain('It serves.');
  expect((await fetch(`http://127.0.0.1:${port}/none`)).status).toBe(404);
  const { stdout, stderr } = await cli(['logs', 'web']);
  expect(stdout).toMatch(/"GET \/none HTTP\/1.1" 404/);
  expect(stderr).toMatch(/open\(\) "\/usr\/share\/nginx\/html\/none" failed/);
  const health = (): Promise<string> => engine.inspect('web', '{{.State.Health.Status}}');
  await expect.poll(health, { timeout: 15_000 }).toBe('healthy');
  await ok(['stop', '-t', '20', 'web']);
  expect(await engine.inspect('web', '{{.State.ExitCode}}')).toBe('0');
});

test(
  'a row of postgres survives its container in a named volume',
  { timeout: 2 * minutes },
  async () => {
    const rows = await volume('rows');
    const options = ['-v', `${rows}:/var/lib/postgresql/data`, '--shm-size', '64m'];
    const account = ['-e', 'POSTGRES_PASSWORD=of the sea', '-e', 'POSTGRES_DB=ships'];
    const start = (): Promise<void> => up('sql', ...options, ...account, 'recipes/postgres');
    const address = ['-h', '127.0.0.1', '-U', 'postgres', 'ships'];
    const psql = (query: string, password = 'of the sea'): string[] => {
      const env = ['-e', `PGPASSWORD=${password}`];
      return ['exec', ...env, 'sql', 'psql', ...address, '-Atc', query];
    };
    await start();
    await eventually(...psql('SELECT 1'));
    expect(await ok(psql('CREATE TABLE t AS SELECT generate_series(1, 1000) AS n'))).toBe(
      'SELECT 1000',
    );
    const wrong = await engine.refused(psql('SELECT 1', 'of the land'));
    expect(wrong.stderr).toContain('password authentication failed');
    await ok(['stop', '-t', '20', 'sql']);
    expect(await engine.inspect('sql', '{{.State.ExitCode}}')).toBe('0');
    await ok(['rm', 'sql']);
    await start();
    expect(await eventually(...psql('SELECT sum(n) FROM t'))).toBe('500500');
    expect(await ok(['exec', 'sql', 'stat', '-c', '%U', '/proc/1'])).toBe('postgres');
  },
);

test('python imports the module that another stage has compiled', async () => {
  const run = ['run', '--rm', '--network', 'none', 'recipes/python'];
  expect(await ok([...run, 'python', '-c', 'import primes; print(primes.count(10000))'])).toBe(
    '1229',
  );
  expect((await cli([...run, 'which', 'gcc'])).code).toBe(1);
});

test(
  'a base with triggers compiles the modules of an application',
  { timeout: 2 * minutes },
  async () => {
    await build('recipes/python:onbuild', folder('python'), '--target', 'onbuild');
    const parent = ['--build-arg', 'PARENT=recipes/python:onbuild'];
    const result = await build('recipes/python-app', folder('python', 'app'), ...parent);
    expect(executed(result).join('\n')).toContain('compile-modules');
    expect(await ok(['run', '--rm', '--network', 'none', 'recipes/python-app'])).toBe(
      'hello, wharf',
    );
  },
);

async function greets(image: string): Promise<void> {
  const port = await freePort();
  await up('greeter', '-p', `127.0.0.1:${port}:8000`, image);
  expect(await eventuallyFetched(`http://127.0.0.1:${port}/wharf?tongue=fr`)).toBe(
    'bonjour, wharf\n',
  );
  expect(await ok(['exec', 'greeter', 'stat', '-c', '%U', '/proc/1'])).toBe('node');
  expect((await cli(['exec', 'greeter', 'ls', 'packages/tongue'])).stdout).toBe(
    'index.js\npackage.json\n',
  );
  await ok(['rm', '-f', 'greeter']);
}

test('node serves, with a dependency tree that was copied with its folders', async () => {
  await greets('recipes/node');
  await build('recipes/node:onbuild', folder('node'), '--target', 'onbuild');
  const parent = ['--build-arg', 'PARENT=recipes/node:onbuild'];
  await build('recipes/node-app', folder('node', 'app'), ...parent);
  await greets('recipes/node-app');
});

test('a second build is wholly in the cache', { timeout: 2 * minutes }, async () => {
  for (const name of recipes) {
    expect(executed(await recipe(name))).toEqual([]);
    expect(await digest(`recipes/${name}`)).toBe(built.get(name));
  }
});

test('a file with another time is the same; one with other content makes its step and the rest', async () => {
  const page = folder('nginx', 'html', 'index.html');
  await utimes(page, 1, 1);
  expect(executed(await recipe('nginx'))).toEqual([]);
  const before = await readFile(page);
  onTestFinished(() => writeFile(page, before));
  await appendFile(page, '<p>More than before.</p>\n');
  const steps = executed(await build('recipes/nginx:2', folder('nginx')));
  expect(steps.map((step) => step.split(' ').at(-1))).toEqual([
    '/usr/share/nginx/html/',
    '/',
    '/entrypoint.d/',
  ]);
});

/** The small ones, of which the others have nothing more to say. */
const again = process.env['WHARF_RECIPES'] === 'all' ? recipes : (['redis', 'node'] as const);

test.for(again)(
  '%s built again without the cache is the same image',
  { timeout: 3 * minutes },
  async (name) => {
    const image = `recipes/${name}:again`;
    expect(executed(await build(image, folder(name), '--no-cache'))).not.toEqual([]);
    // Names what differs, where something does.
    expect(await ok(['image', 'diff', `recipes/${name}`, image])).toBe('');
    expect(await digest(image)).toBe(built.get(name));
  },
);

testAll('redis compiled from source answers', { timeout: 6 * minutes }, async () => {
  await build('recipes/redis:compiled', folder('redis'), '--build-arg', 'VARIANT=compiled');
  await up('compiled', 'recipes/redis:compiled');
  expect(await eventually('exec', 'compiled', 'redis-cli', 'PING')).toBe('PONG');
  expect(await ok(['exec', 'compiled', 'which', 'redis-server'])).toBe(
    '/usr/local/bin/redis-server',
  );
  expect((await cli(['exec', 'compiled', 'which', 'gcc'])).code).toBe(1);
});
