import { expect, test } from 'vitest';
import { useEngine } from './support.js';

const engine = useEngine({ space: true });
const run = ['run', '--rm', '--network', 'none'];

test('run prints what the container prints', async () => {
  const result = await engine.cli([...run, 'busybox', 'echo', 'hi']);
  expect(result).toMatchObject({ code: 0, stdout: 'hi\n', stderr: '' });
});

test('run exits with the code of the container', async () => {
  expect((await engine.cli([...run, 'busybox', 'sh', '-c', 'exit 42'])).code).toBe(42);
});

test('run -i feeds its input to the container', async () => {
  const result = await engine.cli([...run, '-i', 'busybox', 'cat'], { stdin: 'over\nthere' });
  expect(result).toMatchObject({ code: 0, stdout: 'over\nthere' });
});

test('run --network host stays in the network namespace of the host', async () => {
  const namespace = ['readlink', '/proc/self/ns/net'];
  const inside = await engine.ok(['run', '--rm', '--network', 'host', 'busybox', ...namespace]);
  expect(inside).toBe((await engine.space.host(namespace)).stdout.trim());
});

test('a container that was run without --rm is listed as exited', async () => {
  await engine.ok(['run', '--network', 'none', '--name', 'hello-1', 'busybox', 'true']);
  const status = await engine.ok([
    'ps',
    '-a',
    '--filter',
    'name=hello-1',
    '--format',
    '{{.Status}}',
  ]);
  expect(status).toMatch(/^Exited \(0\) /);
  await engine.ok(['rm', 'hello-1']);
});
