import { expect, test } from 'vitest';
import { useEngine } from './support.js';

const engine = useEngine({ busybox: false });

test('version names client and server', async () => {
  const { code, stdout, stderr } = await engine.cli(['version']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Client:/m);
  expect(stdout).toMatch(/^Server:/m);
});

test('the programs start from any directory', async () => {
  const { code } = await engine.cli(['version'], { cwd: '/' });
  expect(code).toBe(0);
});
