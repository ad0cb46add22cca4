import { expect, test } from 'vitest';
import { useEngine } from '../support.js';

const engine = useEngine();
const { ok, refused, inspect } = engine;

const echoing = ['busybox', 'sh', '-c', 'while read line; do echo got $line; done; echo end'];

test('attach shows what is printed from then on', async () => {
  const script = 'echo before; while ! test -f /go; do sleep 0.05; done; echo after; exit 6';
  const id = await engine.container(['busybox', 'sh', '-c', script]);
  await expect.poll(() => ok(['logs', id])).toBe('before');
  await using session = engine.start(['attach', id]);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await ok(['exec', id, 'touch', '/go']);
  expect(await session.ended()).toBe(6);
  expect(session.stdout).toBe('after\n');
});

test('attach passes input on, to its end', async () => {
  const id = await engine.created(['-i', ...echoing]);
  await ok(['start', id]);
  await using session = engine.start(['attach', id]);
  session.write('hello\n');
  await session.until('got hello\n');
  session.closeInput();
  expect(await session.ended()).toBe(0);
  expect(session.stdout).toBe('got hello\nend\n');
});

test('the input of a container that was started with -d outlives its clients', async () => {
  const id = await engine.container(['-i', ...echoing]);
  for (const word of ['one', 'two']) {
    await using session = engine.start(['attach', id]);
    session.write(`${word}\n`);
    await session.until(`got ${word}\n`);
    session.closeInput();
  }
  expect(await inspect(id, '{{.State.Running}}')).toBe('true');
});

test('attach --no-stdin keeps the input', async () => {
  const id = await engine.container(['-i', 'busybox', 'sh', '-c', 'read line; echo got $line']);
  await using deaf = engine.start(['attach', '--no-stdin', id]);
  await using heard = engine.start(['attach', id]);
  deaf.write('no\n');
  await new Promise((resolve) => setTimeout(resolve, 400));
  heard.write('yes\n');
  await heard.until('got yes\n');
  await deaf.until('got yes\n');
});

test('several clients are attached at once', async () => {
  const id = await engine.container(['-i', ...echoing]);
  await using one = engine.start(['attach', id]);
  await using two = engine.start(['attach', id]);
  await new Promise((resolve) => setTimeout(resolve, 400));
  one.write('a\n');
  await Promise.all([one.until('got a\n'), two.until('got a\n')]);
  two.write('b\n');
  await Promise.all([one.until('got b\n'), two.until('got b\n')]);
  await ok(['kill', id]);
  expect(await one.ended()).toBe(137);
  expect(await two.ended()).toBe(137);
});

test('streams are kept apart', async () => {
  const script = 'read x; echo out; echo err >&2';
  const id = await engine.container(['-i', 'busybox', 'sh', '-c', script]);
  await using session = engine.start(['attach', id]);
  session.write('\n');
  await session.ended();
  expect([session.stdout, session.stderr]).toEqual(['out\n', 'err\n']);
});

test('attach passes signals on', async () => {
  const script = 'trap "exit 8" TERM; echo ready; while :; do sleep 0.05; done';
  const id = await engine.container(['busybox', 'sh', '-c', script]);
  await expect.poll(() => ok(['logs', id])).toBe('ready');
  await using session = engine.start(['attach', id]);
  await new Promise((resolve) => setTimeout(resolve, 500));
  session.kill('SIGTERM');
  expect(await session.ended()).toBe(8);
});

test('attach to a container that does not run is refused', async () => {
  const id = await engine.created(['busybox', 'true']);
  const { code, stderr } = await refused(['attach', id]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/cannot attach to a stopped container/i);
});

test('attach to a paused container is refused', async () => {
  const id = await engine.container(['busybox', 'sleep', '600']);
  await ok(['pause', id]);
  expect((await refused(['attach', id])).stderr).toMatch(/paused container/i);
});

test('attach to a missing container is refused', async () => {
  expect((await refused(['attach', 'no-such-one'])).stderr).toMatch(/no such container/i);
});

test('a client that dies leaves the container running', async () => {
  const id = await engine.container(['-i', ...echoing]);
  {
    await using session = engine.start(['attach', id]);
    session.write('x\n');
    await session.until('got x');
    session.kill('SIGKILL');
    await session.ended();
  }
  expect(await inspect(id, '{{.State.Running}}')).toBe('true');
  await using again = engine.start(['attach', id]);
  again.write('y\n');
  await again.until('got y\n');
});

test('a client that does not read does not stop the container', async () => {
  const script = 'read x; seq 200000 > /tmp/seq; cat /tmp/seq; echo finished > /done; sleep 600';
  const id = await engine.container(['-i', 'busybox', 'sh', '-c', script]);
  await using reader = engine.start(['attach', id]);
  reader.write('\n');
  await expect
    .poll(() => engine.cli(['exec', id, 'cat', '/done']).then(({ stdout }) => stdout))
    .toBe('finished\n');
  await reader.until('\n200000\n');
});
