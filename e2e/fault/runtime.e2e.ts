import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { useEngine } from '../support.js';
import { running } from './kernel.js';

const version = '[ "$1" = --version ] && { echo "other version 1.0"; exit 0; }';
/** Everything but the start of a container is done by the real one. */
const real = 'exec crun "$@"';

/** Runtimes with something wrong, by name: shell scripts. */
const scripts: Readonly<Record<string, string>> = {
  'hangs-probed': 'sleep 1000',
  'fails-probed': 'echo broken >&2; exit 3',
  'floods-probed': 'while :; do echo "a lot of words"; done',
  'hangs-run': `${version}; case "$*" in *" run "*) sleep 1000 ;; esac; ${real}`,
  'does-nothing': `${version}; exit 0`,
  'fails-silently': `${version}; case "$*" in *" run "*) exit 1 ;; esac; ${real}`,
  'floods-run': `${version}; case "$*" in *" run "*) head -c 60000 /dev/zero | tr '\\0' x >&2; exit 1 ;; esac; ${real}`,
  'wrong-pid': `${version}; case "$*" in *" run "*)
    while [ $# -gt 0 ]; do [ "$1" = --pid-file ] && echo 1 > "$2"; shift; done; exit 0 ;; esac; ${real}`,
  'runs-then-fails': `${version}; case "$*" in *" run "*) crun "$@"; exit 1 ;; esac; ${real}`,
  'killed-at-run': `${version}; case "$*" in *" run "*) kill -9 $$ ;; esac; ${real}`,
};

const directory = join(tmpdir(), `wharf-runtimes-${process.pid}`);
await mkdir(directory, { recursive: true });
for (const [name, script] of Object.entries(scripts)) {
  await writeFile(join(directory, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(directory, name), 0o755);
}
const missing = ['--add-runtime', 'is-missing=/nonexistent/runtime'];
const added = Object.keys(scripts).flatMap((name) => [
  '--add-runtime',
  `${name}=${join(directory, name)}`,
]);

const engine = useEngine({ flags: [...added, ...missing] });
const { ok, cli } = engine;
const within = { timeout: 10_000 };

async function nothingRuns(): Promise<void> {
  const left = async (): Promise<string[]> => {
    const { shims, processes } = await running(engine.daemon);
    return [...shims.keys(), ...processes.keys()].filter((id) => id !== '');
  };
  await expect.poll(left, within).toEqual([]);
}

function runWith(name: string, timeout = 20_000) {
  const args = ['run', '--rm', '--network', 'none', '--runtime', name, 'busybox', 'true'];
  return cli(args, { timeout });
}

test.each([
  ['hangs-probed', /did not end within 3 s/],
  ['fails-probed', /exit code 3/],
  ['floods-probed', /printed too much/],
  ['is-missing', /missing or not executable/],
])('a runtime that %s is known with its problem, and refused at create', async (name, problem) => {
  const { code, stderr } = await runWith(name);
  expect(code).toBe(125);
  expect(stderr).toMatch(problem);
  expect(await ok(['info'])).toMatch(name);
  expect(await ok(['ps', '-aq'])).toBe('');
});

test.each([
  ['does-nothing', /left no pid/],
  ['fails-silently', /without a word/],
  ['floods-run', /x{20}/],
  ['wrong-pid', /left no pid/],
  ['runs-then-fails', /without a word/],
  ['killed-at-run', /without a word|killed/],
])('a runtime that %s gives a clear error and leaves nothing', async (name, problem) => {
  const { code, stderr } = await runWith(name);
  expect(code).toBeGreaterThanOrEqual(125);
  expect(stderr).toMatch(problem);
  expect(stderr.length).toBeLessThan(6000);
  expect(await ok(['ps', '-aq'])).toBe('');
  await nothingRuns();
});

test('a runtime that hangs is killed after 30 s, and its container can be removed', async () => {
  const begin = performance.now();
  const { code, stderr } = await runWith('hangs-run', 60_000);
  expect(code).toBeGreaterThanOrEqual(125);
  expect(stderr).toMatch(/did not finish "run" within 30 s/);
  expect(performance.now() - begin).toBeLessThan(45_000);
  expect(await ok(['ps', '-aq'])).toBe('');
  await nothingRuns();
}, 90_000);

test('a start that its caller leaves while the runtime hangs is undone at once', async () => {
  const args = ['run', '-d', '--name', 'left', '--network', 'none', '--runtime', 'hangs-run'];
  await using session = engine.start([...args, 'busybox', 'true']);
  await expect
    .poll(() => cli(['inspect', '-f', '{{.State.Status}}', 'left']).then((it) => it.stdout), within)
    .not.toBe('');
  await sleep(300);
  session.kill('SIGKILL');
  await expect
    .poll(() => ok(['inspect', '-f', '{{.State.Status}}', 'left']), within)
    .toMatch(/exited|created/);
  await ok(['rm', 'left']);
  await nothingRuns();
}, 90_000);

test('a daemon that dies while a runtime hangs is followed by one that undoes the start', async () => {
  const args = ['run', '-d', '--name', 'left', '--network', 'none', '--runtime', 'hangs-run'];
  await using session = engine.start([...args, 'busybox', 'true']);
  await expect
    .poll(() => running(engine.daemon).then(({ shims }) => [...shims.keys()].some(Boolean)), within)
    .toBe(true);
  await sleep(300);
  await engine.daemon.kill9();
  await session.ended();
  await engine.daemon.start();
  await expect
    .poll(() => ok(['inspect', '-f', '{{.State.Status}}', 'left']), within)
    .toMatch(/exited|created/);
  await ok(['rm', '-f', 'left']);
  await nothingRuns();
}, 120_000);

test('other runtimes work meanwhile', async () => {
  expect((await runWith('')).code).toBe(0);
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});
