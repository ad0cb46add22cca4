import { expect, test } from 'vitest';
import { useEngine } from '../support.js';

const engine = useEngine();
const { ok, refused } = engine;

test('top lists the processes as the host sees them', async () => {
  const id = await engine.container(['busybox', 'sh', '-c', 'sleep 4321 & sleep 4322']);
  await expect.poll(() => ok(['top', id])).toContain('sleep 4322');
  const [head = '', ...lines] = (await ok(['top', id])).split('\n');
  expect(head.split(/\s+/)).toEqual(['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD']);
  expect(lines.length).toBeGreaterThanOrEqual(2);
  expect(lines.join('\n')).toContain('sleep 4321');
  const pid = await engine.inspect(id, '{{.State.Pid}}');
  expect(lines.some((line) => line.split(/\s+/)[1] === pid)).toBe(true);
});

test('top passes options to ps', async () => {
  const id = await engine.container(['busybox', 'sleep', '600']);
  const [head = '', line = ''] = (await ok(['top', id, '-o', 'pid,args'])).split('\n');
  expect(head.split(/\s+/)).toEqual(['PID', 'COMMAND']);
  expect(line).toMatch(/^\d+\s+sleep 600$/);
});

test('top of an exec shows it too', async () => {
  const id = await engine.container(['busybox', 'sleep', '600']);
  await ok(['exec', '-d', id, 'sleep', '777']);
  await expect.poll(() => ok(['top', id])).toContain('sleep 777');
});

test('top of a container that does not run is refused', async () => {
  const id = await engine.created(['busybox', 'true']);
  expect((await refused(['top', id])).stderr).toMatch(/is not running/);
  expect((await refused(['top', 'no-such-one'])).stderr).toMatch(/no such container/i);
});
