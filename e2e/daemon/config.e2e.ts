import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { program, run, startDaemon, tempDir } from '@wharf/testing';
import type { RunResult, TestDaemon } from '@wharf/testing';
import { unhurried } from '../support/patience.js';

const wharfd = (args: readonly string[]): Promise<RunResult> =>
  run(program('wharfd'), args, { timeout: 15_000 });

async function file(content: string): Promise<string> {
  const dir = await tempDir();
  onTestFinished(() => dir.remove());
  const path = join(dir.path, 'wharfd.toml');
  await writeFile(path, content);
  return path;
}

async function started(flags: readonly string[] = []): Promise<TestDaemon> {
  const daemon = await startDaemon({ flags });
  onTestFinished(() => daemon[Symbol.asyncDispose]());
  return daemon;
}

describe('--validate', () => {
  test('accepts a right file and starts nothing', async () => {
    const path = await file('log-level = "debug"\ndata-root = "/nowhere/data"\n');
    expect(await wharfd(['--validate', '--config-file', path])).toMatchObject({ code: 0 });
    await expect(stat('/nowhere')).rejects.toThrow();
  });

  test.each([
    ['an unknown key', 'nonsense = 1\n', /nonsense/],
    ['an unknown key of a registry', '[registries."a.test"]\nnonsense = true\n', /nonsense/],
    ['a wrong value', 'log-level = "loud"\n', /log-level/],
    ['a wrong type', 'init = "yes"\n', /init/],
    ['a relative path', 'data-root = "here"\n', /data-root/],
    ['what is no TOML', 'log-level = \n', /wharfd\.toml/],
    ['a version of the future', 'version = 2\n', /version/],
    ['a host without a scheme', 'hosts = ["somewhere"]\n', /hosts/],
  ])('refuses %s and says where', async (_, content, text) => {
    const { code, stderr } = await wharfd(['--validate', '--config-file', await file(content)]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(text);
    expect(stderr.trim().split('\n').length).toBeLessThan(5);
  });

  test('refuses a file that is missing', async () => {
    const { code, stderr } = await wharfd(['--validate', '--config-file', '/nowhere/wharfd.toml']);
    expect(code).not.toBe(0);
    expect(stderr).toContain('/nowhere/wharfd.toml');
  });
});

test('--print-config shows file and flags together', async () => {
  const path = await file('log-level = "warn"\n[log-opts]\nmax-size = "1m"\n');
  const { stdout } = await wharfd(['--print-config', '--config-file', path, '--init']);
  expect(JSON.parse(stdout)).toMatchObject({
    'log-level': 'warn',
    'log-opts': { 'max-size': '1m' },
    init: true,
    'default-pids-limit': 2048,
  });
});

test('an unknown flag is refused', async () => {
  const { code, stderr } = await wharfd(['--nonsense']);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/nonsense.*--help/);
});

test('--version and --help answer', async () => {
  expect((await wharfd(['--version'])).stdout).toMatch(/\d+\.\d+\.\d+/);
  expect((await wharfd(['--help'])).stdout).toMatch(/^Usage: wharfd/);
});

test('a second daemon on the same root is refused at once and told who holds it', async () => {
  const daemon = await started();
  const roots = ['--data-root', daemon.dataRoot, '--exec-root', `${daemon.root}/other`];
  const begin = performance.now();
  const { code, stderr } = await wharfd([...roots, '-H', `unix://${daemon.root}/other.sock`]);
  expect(code).not.toBe(0);
  expect(performance.now() - begin).toBeLessThan(unhurried(3000));
  expect(stderr).toContain(String(daemon.pid));
  expect(stderr).toContain(daemon.dataRoot);
  expect((await daemon.wharf(['ps'])).code).toBe(0);
});

test('the root is free again after a SIGKILL, also while containers live', async () => {
  const daemon = await started();
  await daemon.wharf(['image', 'bootstrap', 'busybox']);
  await daemon.wharf(['run', '-d', '--network', 'none', 'busybox', 'sleep', '600']);
  await daemon.kill9();
  await daemon.start();
  expect((await daemon.wharf(['ps', '-q'])).stdout).toMatch(/^[0-9a-f]{12}\n$/);
  await daemon.assertNoLeaks();
});

test('the socket is for root and the group alone, the roots are closed', async () => {
  const daemon = await started();
  const mode = async (path: string): Promise<string> =>
    ((await stat(path)).mode & 0o777).toString(8);
  expect(await mode(daemon.socket)).toMatch(/^6[06]0$/);
  expect(await mode(daemon.dataRoot)).toBe('700');
  expect(await mode(daemon.execRoot)).toBe('711');
});

test('--group owns the socket, a group that is missing is refused', async () => {
  const daemon = await started(['--group', 'nogroup']);
  expect((await stat(daemon.socket)).gid).toBe(65534);
  expect(((await stat(daemon.socket)).mode & 0o777).toString(8)).toBe('660');
  const roots = ['--data-root', `${daemon.root}/d2`, '--exec-root', `${daemon.root}/e2`];
  const host = ['-H', `unix://${daemon.root}/s2.sock`];
  const { code, stderr } = await wharfd([...roots, ...host, '--group', 'no-such-group']);
  expect(code).not.toBe(0);
  expect(stderr).toContain('no-such-group');
});

test('a socket of a dead daemon is replaced, one of a living daemon is not', async () => {
  const daemon = await started();
  const roots = ['--data-root', `${daemon.root}/d2`, '--exec-root', `${daemon.root}/e2`];
  const { code, stderr } = await wharfd([...roots, '-H', daemon.host]);
  expect(code).not.toBe(0);
  expect(stderr).toContain(daemon.socket);
  expect((await daemon.wharf(['ps'])).code).toBe(0);
  await daemon.kill9();
  await daemon.start();
  expect((await daemon.wharf(['ps'])).code).toBe(0);
});

test('the log is JSON when asked for', async () => {
  const daemon = await started(['--log-format', 'json']);
  await daemon.wharf(['ps']);
  await daemon.stop();
  const lines = (await daemon.log()).trim().split('\n');
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(JSON.parse(line)).toHaveProperty('level');
});

test('calls that write are logged with who made them', async () => {
  const daemon = await started();
  await daemon.wharf(['image', 'bootstrap', 'busybox']);
  expect(await daemon.log()).toMatch(/BootstrapImage.*uid.*0/);
});

test('SIGTERM ends the daemon within its time, and its socket with it', async () => {
  const daemon = await started();
  await daemon.wharf(['ps']);
  const begin = performance.now();
  await daemon.stop();
  expect(performance.now() - begin).toBeLessThan(unhurried(5000));
  await expect(stat(daemon.socket)).rejects.toThrow(/ENOENT/);
});

test('SIGTERM ends streams of clients, which say so', async () => {
  const daemon = await started();
  const watching = daemon.wharf(['events'], { timeout: 15_000 });
  await new Promise((resolve) => setTimeout(resolve, 500));
  await daemon.stop();
  const { code, stderr } = await watching;
  expect(code).toBe(1);
  expect(stderr).not.toBe('');
});

test('default flags of containers come from the daemon', async () => {
  const daemon = await started(['--default-pids-limit', '77', '--init', '--no-new-privileges']);
  await daemon.wharf(['image', 'bootstrap', 'busybox']);
  const script = 'cat /proc/1/comm; grep NoNewPrivs /proc/self/status';
  const args = ['run', '--rm', '--network', 'none', 'busybox', 'sh', '-c', script];
  expect((await daemon.wharf(args)).stdout).toMatch(/init\nNoNewPrivs:\t1\n/);
});

test('a disk that is full is told as that, leaves no image, and the daemon serves on', async () => {
  const daemon = await started();
  await daemon.stop();
  const small = join(daemon.root, 'small');
  await mkdir(small);
  await run('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'small', small]);
  await daemon.start(['--data-root', small]);
  const { code, stderr } = await daemon.wharf(['image', 'bootstrap', 'busybox']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/no space left/);
  expect(await daemon.wharf(['images', '-q'])).toMatchObject({ code: 0, stdout: '' });
  await daemon.stop();
});
