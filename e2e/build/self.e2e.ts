import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test as anyTest } from 'vitest';
import { run, tempDir } from '@wharf/testing';
import type { RunResult, TempDir } from '@wharf/testing';
import { useEngine } from '../support.js';
import { archiveFault } from '../support/debian-archive.js';
import { debianArchive } from '../support/debian-image.js';
import { reachOfHost } from '../support/host-reach.js';
import { npmFault, npmrcOfHost } from '../support/npm.js';

const minutes = 60_000;
const root = join(import.meta.dirname, '../..');
const fault = await whyNot();
if (fault !== undefined) process.stderr.write(`skipped: ${fault}\n`);
const test = anyTest.skipIf(fault !== undefined);
const engine = useEngine();
const { cli, ok } = engine;
const commit = '0123456789ab';

async function whyNot(): Promise<string | undefined> {
  if (process.env['WHARF_BUILDS_WHARF'] !== '1')
    return 'Wharf builds Wharf for minutes, with WHARF_BUILDS_WHARF=1 alone';
  return (await archiveFault()) ?? (await npmFault());
}

/** The sources as they are now, committed or not. */
let sources: TempDir;

beforeAll(async () => {
  if (fault !== undefined) return;
  sources = await tempDir('wharf-sources-');
  const list = 'git ls-files -coz --exclude-standard';
  const copy = `${list} | tar -c --null -T - --ignore-failed-read | tar -x -C ${sources.path}`;
  await run('sh', ['-c', copy], { cwd: root });
  await ok(['import', await debianArchive([]), 'debian'], { timeout: 2 * minutes });
}, 8 * minutes);

afterAll(() => sources?.remove());

async function build(...flags: string[]): Promise<RunResult> {
  await using dir = await tempDir('wharf-self-');
  const npmrc = ['--secret', `id=npmrc,src=${await npmrcOfHost(dir.path)}`];
  const args = ['--progress', 'plain', ...(await reachOfHost(dir.path)), ...npmrc, ...flags];
  const said = ['--build-arg', `WHARF_COMMIT=${commit}`];
  const timeout = 15 * minutes;
  const result = await cli(['build', ...args, ...said, '-t', 'wharf', sources.path], { timeout });
  expect(result, result.stderr).toMatchObject({ code: 0 });
  return result;
}

test("the repository's Dockerfile makes an image of Wharf", { timeout: 16 * minutes }, async () => {
  await build();
  const version = await cli(['run', '--rm', '--network', 'none', 'wharf', 'wharf', 'version']);
  expect(version.stdout).toContain(`Git commit:        ${commit}`);
  expect((await cli(['run', '--rm', 'wharf', 'sh', '-c', 'ls /src; which node gcc'])).stdout).toBe(
    '',
  );
});

test('its daemon runs containers and builds in a container with all privileges', async () => {
  const pools = ['--bip', '10.244.0.1/24', '--default-address-pool', 'base=10.245.0.0/16,size=24'];
  await ok(['run', '-d', '--name', 'nest', '--privileged', 'wharf', 'wharfd', ...pools]);
  onTestFinished(async () => void (await cli(['rm', '-f', '-v', 'nest'])));
  const within = (...args: string[]): string[] => ['exec', '-i', 'nest', 'wharf', ...args];
  await expect.poll(async () => (await cli(within('ping'))).code, { timeout: 20_000 }).toBe(0);
  expect(await ok(within('version', '--format', '{{.Server.Version}}'))).toMatch(/^\d/);
  const { stdoutBytes } = await cli(['save', 'busybox']);
  await ok(within('load'), { stdin: stdoutBytes });
  const dockerfile = 'FROM busybox\nRUN hostname >/where\nCMD ["cat", "/where"]\n';
  await ok(within('build', '-q', '-t', 'inner', '-'), { stdin: dockerfile });
  expect(await ok(within('run', '--rm', 'inner'))).not.toBe('');
  expect(await ok(within('run', '--rm', 'inner', 'echo', 'from within'))).toBe('from within');
  await ok(['stop', '-t', '20', 'nest']);
  expect(await engine.inspect('nest', '{{.State.ExitCode}}')).toBe('0');
});

test('a second build has every step in the cache', { timeout: 3 * minutes }, async () => {
  const { stderr } = await build();
  const steps = [...stderr.matchAll(/^#(\d+) \[[^\]]* \d+\/\d+\]/gm)].map(([, number]) => number);
  const cached = [...stderr.matchAll(/^#(\d+) CACHED$/gm)].map(([, number]) => number);
  expect(steps.filter((number) => !cached.includes(number))).toEqual([]);
});

test('what is left of the repository is no part of the context', async () => {
  const { stdout } = await run('git', ['-C', root, 'status', '--porcelain', '--ignored']);
  expect(stdout).toContain('node_modules/');
  const files = 'FROM busybox\nCOPY . /context\nCMD ["find", "/context"]\n';
  await ok(['build', '-q', '-t', 'context', '-f', '-', root], { stdin: files });
  const list = await ok(['run', '--rm', '--network', 'none', 'context']);
  expect(list).toContain('/context/packages/core/src/index.ts');
  expect(list).not.toMatch(/node_modules|\.test\.ts|\/dist\/|\/context\/(e2e\/.*e2e|docs|\.git)/);
});
