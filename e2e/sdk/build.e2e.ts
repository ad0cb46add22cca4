import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDaemon, tempDir } from '@wharf/testing';
import type { RunResult, TempDir, TestDaemon } from '@wharf/testing';
import { writeContext } from '../support/build-context.js';
import { runExample } from '../support/example.js';

let dir: TempDir;
let daemon: TestDaemon;

beforeAll(async () => {
  dir = await tempDir('wharf-sdk-');
  daemon = await startDaemon();
  await daemon.wharf(['image', 'bootstrap', 'busybox']);
});

afterAll(async () => {
  await using _ = dir;
  await using ended = daemon;
  await ended.assertNoLeaks();
});

const build = (name: string): Promise<RunResult> =>
  runExample('build.ts', [daemon.host, dir.path, name], { XDG_CACHE_HOME: `${dir.path}/.cache` });

test('the example builds an image, and sends its files once', { timeout: 180_000 }, async () => {
  await writeContext(dir.path, {
    Dockerfile: 'FROM busybox\nCOPY hello /hello\nRUN echo built\nCMD ["cat", "/hello"]\n',
    '.dockerignore': '.cache\n',
    hello: 'hello from a program\n',
  });
  const first = await build('sdk');
  expect(first, first.stderr).toMatchObject({ code: 0 });
  expect(first.stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/);
  expect(first.stderr).toMatch(/^#\d+ \[2\/3\] COPY hello \/hello$/m);
  expect(first.stderr).toContain('built\n');
  const ran = await daemon.wharf(['run', '--rm', '--network', 'none', 'sdk']);
  expect(ran).toMatchObject({ code: 0, stdout: 'hello from a program\n' });
  const second = await build('sdk');
  expect(second.stdout).toBe(first.stdout);
  expect(second.stderr).toContain('files, 0 bytes sent\n');
});

test('a step that fails is told with its lines', async () => {
  await writeContext(dir.path, { Dockerfile: 'FROM busybox\nRUN false\n' });
  const { code, stderr } = await build('sdk');
  expect(code).toBe(1);
  expect(stderr).toContain('>>  2 | RUN false');
});
