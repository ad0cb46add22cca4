import { expect, test } from 'vitest';
import { useEngine } from '../support.js';

const engine = useEngine();
const { run } = engine;

test('-i passes input on to its end', async () => {
  const result = await run(['-i', 'busybox', 'cat'], { stdin: 'x\n' });
  expect(result).toMatchObject({ code: 0, stdout: 'x\n', stderr: '' });
});

test('without -i the program has no input', async () => {
  expect(await run(['busybox', 'cat'], { stdin: 'x\n' })).toMatchObject({ code: 0, stdout: '' });
});

test('-i with empty input ends', async () => {
  expect(await run(['-i', 'busybox', 'cat'])).toMatchObject({ code: 0, stdout: '' });
});

test('-i passes several megabytes through', async () => {
  const stdin = Buffer.alloc(3 * 1024 * 1024, 'wharf ');
  const { stdoutBytes } = await run(['-i', 'busybox', 'cat'], { stdin });
  expect(stdoutBytes.equals(stdin)).toBe(true);
});

test('-i passes bytes that are no text', async () => {
  const stdin = Buffer.from([0, 255, 254, 10, 13, 16, 17, 4, 3]);
  const { stdoutBytes } = await run(['-i', 'busybox', 'cat'], { stdin });
  expect([...stdoutBytes]).toEqual([...stdin]);
});

test('input for a program that does not read it does no harm', async () => {
  const stdin = Buffer.alloc(1024 * 1024);
  expect((await run(['-i', 'busybox', 'sh', '-c', 'exit 3'], { stdin })).code).toBe(3);
});

test('output comes while input is still open', async () => {
  const args = ['run', '--rm', '-i', '--network', 'none', 'busybox', 'cat'];
  await using session = engine.start(args);
  session.write('one\n');
  await session.until('one\n');
  session.write('two\n');
  await session.until('one\ntwo\n');
  session.closeInput();
  expect(await session.ended()).toBe(0);
});

test('a program goes on after the end of its input', async () => {
  const script = 'cat; echo end; exit 5';
  const result = await run(['-i', 'busybox', 'sh', '-c', script], { stdin: 'x' });
  expect(result).toMatchObject({ code: 5, stdout: 'xend\n' });
});

test('the client ends with its container although its own input stays open', async () => {
  const args = ['run', '--rm', '-i', '--network', 'none', 'busybox', 'sh', '-c', 'exit 7'];
  await using session = engine.start(args);
  expect(await session.ended()).toBe(7);
});

test('a shell reads its script from input', async () => {
  const stdin = 'echo $((6 * 7))\nexit 4\n';
  expect(await run(['-i', 'busybox', 'sh'], { stdin })).toMatchObject({ code: 4, stdout: '42\n' });
});

test('-t without a terminal is refused', async () => {
  const { code, stderr } = await run(['-i', '-t', 'busybox', 'true'], { stdin: 'x' });
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/not a TTY/i);
});

test('-a stdout attaches that stream alone', async () => {
  const script = 'echo out; echo err >&2';
  const result = await run(['-a', 'stdout', 'busybox', 'sh', '-c', script]);
  expect(result).toMatchObject({ stdout: 'out\n', stderr: '' });
});

test('-a stderr attaches that stream alone', async () => {
  const script = 'echo out; echo err >&2';
  const result = await run(['-a', 'stderr', 'busybox', 'sh', '-c', script]);
  expect(result).toMatchObject({ stdout: '', stderr: 'err\n' });
});

test('signals to the client are passed on to the container', async () => {
  const script = 'trap "echo got; exit 9" TERM; echo ready; while :; do sleep 0.1; done';
  const args = ['run', '--rm', '--network', 'none', 'busybox', 'sh', '-c', script];
  await using session = engine.start(args);
  await session.until('ready');
  session.kill('SIGTERM');
  expect(await session.ended()).toBe(9);
  expect(session.stdout).toBe('ready\ngot\n');
});

test('--sig-proxy=false keeps signals to the client itself', async () => {
  const args = ['run', '--name', 'unproxied', '--sig-proxy=false', '--network', 'none'];
  const script = 'trap "exit 9" TERM; echo ready; while :; do sleep 0.1; done';
  await using session = engine.start([...args, 'busybox', 'sh', '-c', script]);
  await session.until('ready');
  session.kill('SIGTERM');
  await session.ended();
  expect(await engine.inspect('unproxied', '{{.State.Running}}')).toBe('true');
  await engine.ok(['rm', '-f', 'unproxied']);
});
