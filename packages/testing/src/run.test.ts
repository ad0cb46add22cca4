import { expect, test } from 'vitest';
import { run } from './run.js';

test('output, input and exit code come back', async () => {
  const result = await run('sh', ['-c', 'cat; echo oops >&2; exit 3'], { stdin: 'hello' });
  expect(result).toMatchObject({ code: 3, stdout: 'hello', stderr: 'oops\n' });
});

test('a signal gives 128 and its number', async () => {
  expect((await run('sh', ['-c', 'kill -9 $$'])).code).toBe(137);
});

test('bytes that are not text survive', async () => {
  const { stdoutBytes } = await run('printf', ['\\377\\000']);
  expect([...stdoutBytes]).toEqual([255, 0]);
});

test('a program that holds its output open past the timeout fails the call', async () => {
  const call = run('sleep', ['20'], { timeout: 50 });
  await expect(call).rejects.toMatchObject({ code: 'deadline-exceeded' });
});

test('an abort ends the program with the reason', async () => {
  const abort = new AbortController();
  const call = run('sleep', ['20'], { signal: abort.signal });
  abort.abort('enough');
  await expect(call).rejects.toBe('enough');
});

test('a program that does not exist is not found', async () => {
  await expect(run('/nonexistent', [])).rejects.toMatchObject({ code: 'not-found' });
});
