import { expect, test } from 'vitest';
import { useEngine } from '../support.js';

const engine = useEngine({ busybox: false });
const { ok, refused } = engine;
const run = ['run', '--rm', '--network', 'none'];

test('bootstrap makes an image of the busybox of the host, without any registry', async () => {
  const { code, stdout } = await engine.cli(['image', 'bootstrap', 'busybox']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/busybox/);
  expect(await ok(['images', '--format', '{{.Repository}}:{{.Tag}}'])).toBe('busybox:latest');
  expect(
    await ok([...run, 'busybox', 'sh', '-c', 'stat -c %a /tmp; id -un; ls / | wc -l']),
  ).toMatch(/^1777\nroot\n\d+$/);
});

test('every applet is there', async () => {
  const script = 'for a in $(busybox --list); do command -v $a >/dev/null || echo no $a; done';
  expect(await ok([...run, 'busybox', 'sh', '-c', script])).toBe('');
});

test('made anew, the image is the same', async () => {
  const before = await ok(['images', '-q', '--no-trunc', 'busybox']);
  await ok(['image', 'bootstrap', '-q', 'busybox']);
  expect(await ok(['images', '-q', '--no-trunc', 'busybox'])).toBe(before);
});

test('--name and -q', async () => {
  const id = await ok(['image', 'bootstrap', '-q', 'busybox', '--name', 'mine:1']);
  expect(id).toMatch(/^(sha256:)?[0-9a-f]{64}$/);
  expect(await ok(['images', '-q', '--no-trunc', 'mine:1'])).toContain(id);
  expect(await ok([...run, 'mine:1', 'echo', 'mine'])).toBe('mine');
});

test('busybox is what bootstrap makes unless told otherwise', async () => {
  await ok(['image', 'bootstrap', '--name', 'usual']);
  expect(await ok([...run, 'usual', 'busybox', 'true'])).toBe('');
});

test('what is neither busybox nor debian is refused', async () => {
  expect((await refused(['image', 'bootstrap', 'windows'])).stderr).toMatch(/busybox.*debian/);
});

test('an image that containers use can be made anew', async () => {
  const id = await engine.container(['busybox', 'sleep', '600']);
  await ok(['image', 'bootstrap', 'busybox']);
  expect(await ok(['exec', id, 'echo', 'on'])).toBe('on');
});
