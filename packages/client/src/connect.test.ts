import { chmod, copyFile, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createServer as serve } from '@wharf/server';
import { tempDir, makeTestCert } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import { createClient } from './client.js';
import { explainConnectFailure } from './explain.js';
import { testDaemon } from './test-daemon.js';

const { signal } = new AbortController();

describe('over TCP with certificates', () => {
  async function tlsDaemon(san?: string) {
    const directory = await tempDir();
    // one certificate serves both sides: it names no use
    const pem = await makeTestCert(san === undefined ? {} : { san });
    const files = {
      ca: join(directory.path, 'ca.pem'),
      cert: join(directory.path, 'cert.pem'),
      key: join(directory.path, 'key.pem'),
    };
    for (const part of ['ca', 'cert', 'key'] as const) {
      await writeFile(files[part], pem[part], { mode: 0o600 });
    }
    const listener = { kind: 'tls', host: '127.0.0.1', port: 0, files } as const;
    const daemon = await testDaemon({}, { more: [listener] });
    return { daemon, pem, directory, host: daemon.server.addresses[1] ?? '' };
  }

  test('calls work, and the log has the name of the caller', async () => {
    const { daemon, pem, host, directory } = await tlsDaemon();
    await using _ = daemon;
    await using __ = directory;
    const client = createClient({ host, tls: pem });
    expect(await client.system.ping({ signal })).toEqual({ apiVersion: '1.0' });
    await client.containers.start('x', { signal });
    expect(daemon.log.at(-1)?.fields['peer']).toEqual({ kind: 'tls', subject: 'CN=test-leaf' });
    await client.close();
  });

  test('a name that the certificate does not have is refused, unless it is the expected one', async () => {
    const { daemon, pem, host, directory } = await tlsDaemon('DNS:inside.example');
    await using _ = daemon;
    await using __ = directory;
    const refused = createClient({ host, tls: pem });
    await expect(refused.system.ping({ signal })).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('certificate of the daemon') as string,
    });
    const named = createClient({ host, tls: { ...pem, serverName: 'inside.example' } });
    expect(await named.system.ping({ signal })).toBeDefined();
    const careless = createClient({ host, tls: { ...pem, verify: false } });
    expect(await careless.system.ping({ signal })).toBeDefined();
    await Promise.all([refused, named, careless].map((client) => client.close()));
  });

  test('a daemon of another authority is refused, and so is a client without certificate', async () => {
    const { daemon, pem, host, directory } = await tlsDaemon();
    await using _ = daemon;
    await using __ = directory;
    const { ca } = await makeTestCert();
    const stranger = createClient({ host, tls: { ...pem, ca } });
    await expect(stranger.system.ping({ signal })).rejects.toMatchObject({
      code: 'unauthenticated',
    });
    const nobody = createClient({ host, tls: { ca: pem.ca } });
    await expect(nobody.system.ping({ signal })).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('certificate of this client') as string,
    });
    await Promise.all([stranger.close(), nobody.close()]);
  });

  test('is never spoken to without TLS', () => {
    expect(() => createClient({ host: 'tcp://127.0.0.1:1' })).toThrow(/needs TLS/);
  });
});

describe('what stands in the way is named:', () => {
  test('a socket that nobody serves', async () => {
    await using directory = await tempDir();
    const client = createClient({ host: `unix://${directory.path}/none.sock` });
    await expect(client.system.ping({ signal })).rejects.toMatchObject({
      code: 'unavailable',
      message: `cannot connect to the Wharf daemon at unix://${directory.path}/none.sock: is wharfd running?`,
    });
    await client.close();
  });

  test('a server that speaks something else', async () => {
    await using directory = await tempDir();
    const path = join(directory.path, 'x.sock');
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(
      path,
    );
    await new Promise((resolve) => server.once('listening', resolve));
    const client = createClient({ host: path });
    const code = expect.stringMatching(/^(unavailable|data-loss)$/) as string;
    await expect(client.system.ping({ signal })).rejects.toMatchObject({ code });
    await client.close();
    server.close();
  });

  test('a socket that one may not use, with the group that may', async () => {
    await using directory = await tempDir();
    const path = join(directory.path, 'x');
    await copyFile('/etc/hostname', path);
    const host = { kind: 'unix', path } as const;
    const denied = Object.assign(new TypeError('connect EACCES'), { code: 'EACCES' });
    await chmod(path, 0o660);
    const group = (await readFile('/etc/group', 'utf8')).split(':')[0] ?? '';
    expect(explainConnectFailure(denied, host)).toMatchObject({
      code: 'permission-denied',
      message: `permission denied on the socket unix://${path}: be a member of its group (${group}) or root`,
    });
    await chmod(path, 0o600);
    expect(explainConnectFailure(denied, host).message).toContain('only its owner may use it');
  });
});

test('after the daemon was restarted the same client goes on', async () => {
  const first = await testDaemon();
  const { client, socket } = first;
  expect(await client.system.ping({ signal })).toBeDefined();
  await first.server.close();
  await expect(client.system.ping({ signal })).rejects.toMatchObject({ code: 'unavailable' });
  const again = await serve({
    engine: first.engine,
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    listeners: [
      { kind: 'unix', path: socket, peerCredentials: () => ({ pid: 1, uid: 1, gid: 1 }) },
    ],
  });
  expect(await client.system.ping({ signal })).toBeDefined();
  await again.close();
  await first[Symbol.asyncDispose]();
});

test('a closed client says so', async () => {
  await using daemon = await testDaemon();
  await daemon.client.system.ping({ signal });
  await daemon.client.close();
  await expect(daemon.client.system.ping({ signal })).rejects.toMatchObject({
    code: 'unavailable',
    message: 'the client is closed',
  });
});
