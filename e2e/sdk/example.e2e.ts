import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDaemon, tempDir } from '@wharf/testing';
import type { RunResult, TempDir, TestDaemon } from '@wharf/testing';
import { Authority } from '../support/certificates.js';
import { runExample } from '../support/example.js';
import { freePort } from '../support/port.js';

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

function program(host: string, ...command: string[]): Promise<RunResult> {
  return runExample('run.ts', [host, 'busybox', ...command], { WHARF_CERT_PATH: dir.path });
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
