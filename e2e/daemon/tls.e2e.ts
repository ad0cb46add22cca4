import { beforeAll, describe, expect, test } from 'vitest';
import { program, run, startDaemon, tempDir, wharf } from '@wharf/testing';
import type { RunResult, TempDir, TestDaemon } from '@wharf/testing';
import { afterAll } from 'vitest';
import { Authority } from '../support/certificates.js';
import type { Certificate } from '../support/certificates.js';
import { freePort } from '../support/port.js';

let dir: TempDir;
let daemon: TestDaemon;
let port: number;
let authority: Authority;
let stranger: Authority;
let server: Certificate;
let client: Certificate;

beforeAll(async () => {
  dir = await tempDir('wharf-tls-');
  authority = await Authority.create(dir.path);
  stranger = await Authority.create(dir.path, 'stranger');
  server = await authority.server('server');
  client = await authority.client('client');
  port = await freePort();
  daemon = await startDaemon({ flags: ['-H', address(), ...flagsOf(server)] });
  await daemon.wharf(['image', 'bootstrap', 'busybox']);
});

afterAll(async () => {
  await using _ = dir;
  await using ended = daemon;
  await ended.assertNoLeaks();
});

const address = (): string => `tcp://127.0.0.1:${port}`;
const flagsOf = ({ ca, cert, key }: Certificate): string[] => [
  '--tlscacert',
  ca,
  '--tlscert',
  cert,
  '--tlskey',
  key,
];
/** Without what the environment of the tests may name. */
const alone = { WHARF_HOST: undefined, WHARF_CERT_PATH: undefined };

function remote(certificate: Certificate, args: readonly string[]): Promise<RunResult> {
  const flags = ['--config', `${dir.path}/config`, '-H', address(), '--tlsverify'];
  return wharf([...flags, ...flagsOf(certificate), ...args], { env: alone, timeout: 20_000 });
}

describe('a client with a certificate', () => {
  test('runs containers', async () => {
    const args = ['run', '--rm', '-i', '--network', 'none', 'busybox', 'cat'];
    const flags = ['--config', `${dir.path}/config`, '-H', address(), ...flagsOf(client)];
    const result = await wharf([...flags, ...args], { env: alone, stdin: 'over TLS' });
    expect(result).toMatchObject({ code: 0, stdout: 'over TLS', stderr: '' });
  });

  test('sees what is there over the socket', async () => {
    const id = (await daemon.wharf(['create', '--network', 'none', 'busybox'])).stdout.trim();
    expect((await remote(client, ['ps', '-aq', '--no-trunc'])).stdout).toContain(id);
  });

  test('finds its certificates in WHARF_CERT_PATH', async () => {
    await using folder = await tempDir();
    const copies = [
      [client.ca, 'ca.pem'],
      [client.cert, 'cert.pem'],
      [client.key, 'key.pem'],
    ] as const;
    for (const [from, to] of copies) await run('cp', [from, `${folder.path}/${to}`]);
    const env = { ...alone, WHARF_CERT_PATH: folder.path, WHARF_HOST: address() };
    expect((await wharf(['--config', folder.path, 'ps', '-q'], { env })).code).toBe(0);
  });

  test('is named in the log of the daemon', async () => {
    await remote(client, ['create', '--network', 'none', 'busybox', 'true']);
    expect(await daemon.log()).toMatch(/CreateContainer.*\bclient\b/);
  });
});

describe('refused is', () => {
  test('a client without a certificate', async () => {
    const flags = ['--config', `${dir.path}/config`, '-H', address(), '--tlsverify'];
    const args = [...flags, '--tlscacert', authority.ca, 'ps'];
    const { code, stderr } = await wharf(args, { env: alone, timeout: 20_000 });
    expect(code).toBe(1);
    expect(stderr).not.toBe('');
  });

  test('a client of another authority', async () => {
    const other = await stranger.client('client');
    const { code } = await remote({ ...other, ca: authority.ca }, ['ps']);
    expect(code).toBe(1);
  });

  test('a certificate that is for servers', async () => {
    expect((await remote(server, ['ps'])).code).toBe(1);
  });

  test('a daemon of another authority, by the client', async () => {
    const { code, stderr } = await remote({ ...client, ca: stranger.ca }, ['ps']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/certificate/i);
  });

  test('plain text', async () => {
    const flags = ['--config', `${dir.path}/none`, '-H', address()];
    const { code } = await wharf([...flags, 'ps'], { env: alone, timeout: 20_000 });
    expect(code).toBe(1);
    const http = `printf 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' | timeout 5 nc 127.0.0.1 ${port}`;
    expect((await run('bash', ['-c', http])).stdout).not.toMatch(/HTTP\/1.1 200/);
  });

  test('an old version of TLS', async () => {
    const connect = ['s_client', '-connect', `127.0.0.1:${port}`, '-tls1_2', '-cert', client.cert];
    const { code } = await run('openssl', [...connect, '-key', client.key]);
    expect(code).not.toBe(0);
  });
});

describe('at the start of the daemon refused is', () => {
  const start = async (flags: readonly string[]): Promise<RunResult> => {
    const roots = ['--data-root', `${dir.path}/d`, '--exec-root', `${dir.path}/e`];
    return run(program('wharfd'), [...roots, ...flags], { timeout: 10_000 });
  };

  test('tcp without certificates', async () => {
    const { code, stderr } = await start(['-H', `tcp://127.0.0.1:${await freePort()}`]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/tlscacert/);
  });

  test('tcp with a certificate but no authority for the callers', async () => {
    const half = ['--tlscert', server.cert, '--tlskey', server.key];
    const { code } = await start(['-H', `tcp://127.0.0.1:${await freePort()}`, ...half]);
    expect(code).not.toBe(0);
  });

  test('a key that does not belong to the certificate', async () => {
    const mixed = flagsOf({ ...server, key: client.key });
    const { code, stderr } = await start(['-H', `tcp://127.0.0.1:${await freePort()}`, ...mixed]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/key/i);
  });

  test('a key that others can read', async () => {
    const loose = `${dir.path}/loose-key.pem`;
    await run('sh', ['-c', `cp ${server.key} ${loose} && chmod 644 ${loose}`]);
    const flags = flagsOf({ ...server, key: loose });
    const { code, stderr } = await start(['-H', `tcp://127.0.0.1:${await freePort()}`, ...flags]);
    expect(code).not.toBe(0);
    expect(stderr).toContain(loose);
  });
});

describe('a context', () => {
  test('holds the address and the certificates of a daemon', async () => {
    const config = ['--config', `${dir.path}/contexts`];
    const files = `ca=${client.ca},cert=${client.cert},key=${client.key}`;
    const cli = (args: readonly string[]): Promise<RunResult> =>
      wharf([...config, ...args], { env: alone });
    expect(
      await cli(['context', 'create', 'far', '--wharf', `host=${address()},${files}`]),
    ).toMatchObject({ code: 0 });
    expect((await cli(['-c', 'far', 'info', '--format', '{{.OSType}}'])).stdout).toBe('linux\n');
    await cli(['context', 'use', 'far']);
    expect((await cli(['context', 'show'])).stdout).toBe('far\n');
    expect((await cli(['info', '--format', '{{.OSType}}'])).stdout).toBe('linux\n');
    expect((await cli(['context', 'ls'])).stdout).toMatch(/^far \*/m);
    expect((await cli(['context', 'inspect', 'far'])).stdout).toContain(address());
    expect((await cli(['context', 'inspect', 'far'])).stdout).not.toContain('PRIVATE KEY');
    expect((await cli(['context', 'rm', 'far'])).code).not.toBe(0);
    expect((await cli(['context', 'rm', '-f', 'far'])).code).toBe(0);
    expect((await cli(['context', 'show'])).stdout).toBe('default\n');
  });

  test('that is missing is refused', async () => {
    const config = ['--config', `${dir.path}/contexts`];
    const { code, stderr } = await wharf([...config, '-c', 'nowhere', 'ps'], { env: alone });
    expect(code).toBe(1);
    expect(stderr).toContain('nowhere');
  });
});
