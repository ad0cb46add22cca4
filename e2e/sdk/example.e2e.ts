import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run, startDaemon, tempDir } from '@wharf/testing';
import type { RunResult, TempDir, TestDaemon } from '@wharf/testing';
import { Authority } from '../support/certificates.js';
import { freePort } from '../support/port.js';

const example = join(import.meta.dirname, '../../docs/examples/run.ts');
const hook = join(import.meta.dirname, '../support/typescript-hook.ts');
let dir: TempDir;
let daemon: TestDaemon;
let address: string;

beforeAll(async () => {
  dir = await tempDir('wharf-sdk-');
  const authority = await Authority.create(dir.path);
  const server = await authority.server('server');
  const client = await authority.client('client');
  await copyFile(client.cert, join(dir.path, 'cert.pem'));
  await copyFile(client.key, join(dir.path, 'key.pem'));
  address = `tcp://127.0.0.1:${await freePort()}`;
  const files = ['--tlscacert', server.ca, '--tlscert', server.cert, '--tlskey', server.key];
  daemon = await startDaemon({ flags: ['-H', address, ...files] });
  await daemon.wharf(['image', 'bootstrap', 'busybox']);
});

afterAll(async () => {
  await using _ = dir;
  await using ended = daemon;
  await ended.assertNoLeaks();
});

/** From its source, as a reader would run it. */
function program(host: string, ...command: string[]): Promise<RunResult> {
  const flags = ['--disable-warning=ExperimentalWarning', '--experimental-transform-types'];
  const sources = ['--conditions=@wharf/source', '--import', hook];
  const env = { WHARF_CERT_PATH: dir.path, WHARF_HOST: undefined };
  const args = [...flags, ...sources, example, host, 'busybox', ...command];
  return run(process.execPath, args, { env, timeout: 30_000 });
}

test.each([
  ['the socket', () => daemon.host],
  ['TLS', () => address],
])('the example runs a container over %s', async (_, host) => {
  const script = 'echo out; echo err >&2; exit 7';
  const result = await program(host(), 'sh', '-c', script);
  expect(result).toMatchObject({ code: 7, stdout: 'out\n', stderr: 'err\n' });
  expect((await daemon.wharf(['ps', '-aq'])).stdout).toBe('');
});

test('a failure is told in one line', async () => {
  const { code, stderr } = await program(`unix://${dir.path}/nowhere.sock`, 'true');
  expect(code).toBe(125);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});
