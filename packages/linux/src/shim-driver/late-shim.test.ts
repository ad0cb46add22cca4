import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canRun, compileShim } from './testbed.js';

let directory: string;
let shim: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'late-shim-'));
  if (canRun) shim = compileShim(directory);
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test.skipIf(!canRun)(
  'a shim that comes up late touches nothing of another in a bundle of its name',
  async () => {
    const bundle = join(directory, 'bundle');
    const old = join(directory, 'old');
    mkdirSync(bundle);
    const script = 'kill -STOP $$; exec "$@"';
    const late = spawn('sh', ['-c', script, 'sh', shim, bundle], {
      cwd: bundle,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await expect.poll(() => stateOf(late.pid)).toBe('T');
      renameSync(bundle, old);
      mkdirSync(bundle);
      writeFileSync(join(bundle, 'shim.sock'), 'of another');
      late.kill('SIGCONT');
      await once(late.stdout, 'data');
      expect(readFileSync(join(bundle, 'shim.sock'), 'utf8')).toBe('of another');
      expect(statSync(join(old, 'shim.sock')).isSocket()).toBe(true);
    } finally {
      late.kill('SIGKILL');
    }
  },
);

function stateOf(pid: number | undefined): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[0];
}
