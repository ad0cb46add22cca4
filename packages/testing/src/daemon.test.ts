import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startDaemon } from './daemon.js';
import { findLeaks } from './leaks/index.js';
import { tempDir } from './temp-dir.js';
import type { TempDir } from './temp-dir.js';

let dist: TempDir;

/** Programs of dist/bin as scripts; in them "$@" are the flags, of which -H's value is the sixth. */
async function install(name: string, script: string): Promise<void> {
  const file = join(dist.path, 'bin', name);
  await mkdir(join(dist.path, 'bin'), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

const listening = `exec ${process.execPath} -e '
  const path = process.argv[6].slice("unix://".length);
  require("node:fs").rmSync(path, { force: true });
  require("node:net").createServer().listen(path);
  console.log("up", process.argv.slice(7).join(" "));
' -- "$@"`;

beforeEach(async () => {
  dist = await tempDir();
  vi.stubEnv('WHARF_DIST', dist.path);
  vi.stubEnv('WHARF_E2E_CLI', undefined);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await dist.remove();
});

test('the daemon gets its own root, parent cgroup, bridge and addresses, and answers', async () => {
  await install('wharfd', listening);
  await install('wharf', 'echo "$WHARF_HOST $*"');
  await using daemon = await startDaemon({ flags: ['--debug'] });
  expect(await daemon.wharf(['ping'])).toMatchObject({ stdout: `${daemon.host} ping\n` });
  await daemon.stop();
  const own = `--cgroup-parent ${daemon.cgroupParent} --bridge ${daemon.scope.bridge ?? ''}`;
  const pool = /--default-address-pool base=[0-9./]+,size=\d+/;
  const log = await daemon.log();
  expect(log).toMatch(pool);
  expect(log.replace(pool, 'POOL')).toBe(`up ${own} POOL --debug\n`);
});

test('it starts again after SIGKILL and after a restart, as another process', async () => {
  await install('wharfd', listening);
  await using daemon = await startDaemon();
  const first = daemon.pid;
  await daemon.kill9();
  expect(daemon.pid).toBeUndefined();
  await daemon.start();
  const second = daemon.pid;
  await daemon.restart();
  expect(new Set([first, second, daemon.pid]).size).toBe(3);
});

test('a daemon that ends at its start fails with what it said', async () => {
  await install('wharfd', 'echo "no such flag" >&2; exit 1');
  await expect(startDaemon()).rejects.toThrow('no such flag');
});

test('a daemon that never answers is given up', async () => {
  await install('wharfd', 'exec sleep 60');
  await expect(startDaemon({ timeout: 100 })).rejects.toMatchObject({ code: 'deadline-exceeded' });
});

test('containers are removed before leaks are looked for', async () => {
  await install('wharfd', listening);
  await install('wharf', 'echo "$*" >> "$TMP_CALLS"; [ "$1" = rm ] || printf "a\\nb\\n"');
  await using calls = await tempDir();
  vi.stubEnv('TMP_CALLS', join(calls.path, 'calls'));
  await using daemon = await startDaemon();
  await daemon.assertNoLeaks();
  expect(await readFile(join(calls.path, 'calls'), 'utf8')).toBe(
    'ps -aq --no-trunc\nrm -f -v a b\n',
  );
});

test('disposing ends what the daemon left behind', async () => {
  await install('wharfd', `(cd "$2/.." && exec sleep 60 "$2") & ${listening}`);
  const daemon = await startDaemon();
  await daemon.stop();
  await daemon[Symbol.asyncDispose]();
  expect(await findLeaks(daemon.scope)).toEqual([]);
});
