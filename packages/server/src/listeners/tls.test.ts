import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { readFileSync } from 'node:fs';
import { tempDir } from '@wharf/testing';
import type { TempDir } from '@wharf/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testServer } from '../test-server.js';
import type { TestServer } from '../test-server.js';
import { testCerts } from './test-certs.js';
import type { TestCerts } from './test-certs.js';
import { readTlsFiles } from './tls-files.js';
import type { TlsFiles } from './tls-files.js';
import type { TlsListenerOptions } from './tls.js';

let directory: TempDir;
let certs: TestCerts;
let files: TlsFiles;

beforeAll(async () => {
  directory = await tempDir();
  certs = testCerts(directory.path);
  await certs.authority('ca');
  await certs.authority('other');
  const san = 'IP:127.0.0.1,DNS:localhost';
  await certs.leaf('server', { ca: 'ca', usage: 'serverAuth', san });
  await certs.leaf('alice', { ca: 'ca', usage: 'clientAuth' });
  files = {
    ca: certs.path('ca.crt'),
    cert: certs.path('server.crt'),
    key: certs.path('server.key'),
  };
}, 30_000);
afterAll(() => directory.remove());

const daemon = (more: Partial<TlsListenerOptions> = {}): Promise<TestServer> =>
  testServer({}, [{ kind: 'tls', host: '127.0.0.1', port: 0, files, ...more }]);

/** What a caller sees that shakes hands and then waits: `open` when the server speaks HTTP/2 to it. */
function handshake(server: TestServer, who: string | undefined, more: ConnectionOptions = {}) {
  const port = Number(new URL(server.server.addresses[1] ?? '').port);
  return new Promise<string>((resolve) => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      ca: readFileSync(files.ca),
      ALPNProtocols: ['h2'],
      ...(who === undefined
        ? {}
        : {
            cert: readFileSync(certs.path(`${who}.crt`)),
            key: readFileSync(certs.path(`${who}.key`)),
          }),
      ...more,
    });
    socket.on('secureConnect', () => socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'));
    socket.on('data', () => {
      resolve('open');
      socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on('close', () => resolve('closed'));
  });
}

describe('who has a certificate of our authority', () => {
  test('is let in', async () => {
    await using server = await daemon();
    expect(await handshake(server, 'alice')).toBe('open');
  });

  test('is let in with TLS 1.2 only where that was asked for', async () => {
    await using strict = await daemon();
    expect(await handshake(strict, 'alice', { maxVersion: 'TLSv1.2' })).not.toBe('open');
    await using lax = await daemon({ minVersion: 'TLSv1.2' });
    expect(await handshake(lax, 'alice', { maxVersion: 'TLSv1.2' })).toBe('open');
    expect(
      await handshake(lax, 'alice', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }),
    ).not.toBe('open');
  });
});

describe('is refused before a request is read:', () => {
  const refused = async (
    who: string | undefined,
    more: Partial<TlsListenerOptions> = {},
    caller: ConnectionOptions = {},
  ) => {
    await using server = await daemon(more);
    expect(await handshake(server, who, caller)).not.toBe('open');
    expect(server.engine.calls).toHaveLength(0);
  };

  test('no certificate', () => refused(undefined));

  test('a certificate of another authority, with the same name', async () => {
    await certs.leaf('stranger', { ca: 'other', subject: 'alice', usage: 'clientAuth' });
    await refused('stranger');
  });

  test('a certificate that signed itself, with the right name', async () => {
    await certs.authority('alice-self');
    await refused('alice-self');
  });

  test('an expired certificate', async () => {
    await certs.leaf('late', { ca: 'ca', usage: 'clientAuth', days: -1 });
    await refused('late');
  });

  test('a certificate that is not meant for clients', async () => {
    await certs.leaf('wrong-use', { ca: 'ca', usage: 'serverAuth' });
    await refused('wrong-use');
  });

  test('a revoked certificate', async () => {
    await certs.leaf('bob', { ca: 'ca', usage: 'clientAuth' });
    await certs.revoke('ca', 'bob');
    await refused('bob', { files: { ...files, crl: certs.path('ca.crl') } });
    await using server = await daemon({ files: { ...files, crl: certs.path('ca.crl') } });
    expect(await handshake(server, 'alice')).toBe('open');
  });

  test('a key of 1024 bits', async () => {
    await certs.leaf('weak', { ca: 'ca', usage: 'clientAuth', key: 'rsa:1024' });
    await refused('weak', {}, { ciphers: 'DEFAULT:@SECLEVEL=0' });
  });

  test('a certificate that is not valid yet', async () => {
    await certs.leaf('early', { ca: 'ca', usage: 'clientAuth', future: true });
    await refused('early');
  });
});

describe('the daemon does not start with', () => {
  const start = (more: Partial<TlsFiles>) => daemon({ files: { ...files, ...more } });
  const fails = (more: Partial<TlsFiles>, code: string, text: RegExp) =>
    expect(start(more)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(text) as string,
    });

  test('a key that others can read', async () => {
    const open = certs.path('open.key');
    await copyFile(files.key, open);
    await chmod(open, 0o640);
    await fails({ key: open }, 'failed-precondition', /open\.key is open .* chmod 0600/);
  });

  test('a key of another certificate', () =>
    fails({ key: certs.path('alice.key') }, 'invalid-argument', /does not belong to certificate/));

  test('an expired certificate', async () => {
    await certs.leaf('past', { ca: 'ca', usage: 'serverAuth', days: -1 });
    const past = { cert: certs.path('past.crt'), key: certs.path('past.key') };
    await fails(past, 'failed-precondition', /expired/);
  });

  test('a file that is absent, or no certificate', async () => {
    await fails({ ca: certs.path('none') }, 'failed-precondition', /cannot read .*none: ENOENT/);
    const junk = certs.path('junk');
    await writeFile(junk, 'junk', { mode: 0o600 });
    await fails({ cert: junk }, 'invalid-argument', /junk is not a certificate/);
    await fails({ key: junk }, 'invalid-argument', /junk is not a private key/);
  });

  test('a port that is taken, and then leaves no socket behind', async () => {
    await using first = await daemon();
    const port = Number(new URL(first.server.addresses[1] ?? '').port);
    await expect(daemon({ port })).rejects.toMatchObject({ code: 'failed-precondition' });
  });
});

test('certificates are read again on request; open connections stay', async () => {
  const own = testCerts(directory.path);
  await own.authority('ca2');
  await own.leaf('carol', { ca: 'ca2', usage: 'clientAuth' });
  const trusted = own.path('trusted.crt');
  await copyFile(files.ca, trusted);
  await using server = await daemon({ files: { ...files, ca: trusted } });
  expect(await handshake(server, 'carol')).not.toBe('open');
  await copyFile(own.path('ca2.crt'), trusted);
  await server.server.reload();
  expect(await handshake(server, 'carol')).toBe('open');
  expect(await handshake(server, 'alice')).not.toBe('open');
  await writeFile(trusted, 'junk');
  await expect(server.server.reload()).rejects.toMatchObject({ code: 'invalid-argument' });
  expect(await handshake(server, 'carol')).toBe('open');
});

test('a good set of files is accepted as it is', async () => {
  expect((await readTlsFiles(files)).cert.toString()).toContain('BEGIN CERTIFICATE');
});

test('strange server names in the handshake do no harm', async () => {
  await using server = await daemon();
  const odd = { servername: 'x'.repeat(60_000), checkServerIdentity: () => undefined };
  await handshake(server, 'alice', odd);
  expect(await handshake(server, 'alice')).toBe('open');
});
