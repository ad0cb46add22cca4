import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isWharfError } from '@wharf/core';
import { keyAgent } from './key-agent.js';
import { openSshKey } from './openssh-key.js';
import { readPrivateKey, type SigningKey } from './private-key.js';
import { uint32 } from './wire.js';

const missing = spawnSync('ssh-keygen', ['-?']).error !== undefined;
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'wharf-keys-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

function generated(...flags: string[]): string {
  const path = join(dir, randomBytes(4).toString('hex'));
  execFileSync('ssh-keygen', ['-q', '-N', '', '-C', 'a comment', ...flags, '-f', path]);
  return path;
}

const read = (path: string): SigningKey =>
  readPrivateKey(readFileSync(path, 'utf8'), path, 'the key');

/** What a program says to an agent of these keys. */
async function asked(keys: readonly SigningKey[], program: string, ...args: string[]) {
  const path = join(dir, `s${randomBytes(4).toString('hex')}`);
  const server = createServer((socket) => {
    const agent = keyAgent(keys);
    socket.on('error', () => undefined).on('close', () => void agent.close());
    socket.on('data', (data) => void agent.write(data as Buffer));
    void (async () => {
      for await (const data of agent.output) socket.write(data);
    })().catch(() => undefined);
  });
  server.listen(path);
  await once(server, 'listening');
  try {
    return await promisify(execFile)(program, args, {
      env: { ...process.env, SSH_AUTH_SOCK: path },
    });
  } finally {
    server.close();
  }
}

describe.skipIf(missing)('the programs of OpenSSH', () => {
  test.each([
    ['ed25519', []],
    ['ecdsa', ['-b', '256']],
    ['ecdsa', ['-b', '384']],
    ['ecdsa', ['-b', '521']],
    ['rsa', ['-b', '2048']],
    ['rsa', ['-b', '2048', '-m', 'PEM']],
    ['ecdsa', ['-b', '256', '-m', 'PKCS8']],
  ])('see and use a key of %s %j', async (type, flags) => {
    const path = generated('-t', type, ...flags);
    const keys = [read(generated('-t', 'ed25519')), read(path)];
    const [kind, blob] = readFileSync(`${path}.pub`, 'utf8').split(' ');
    const { stdout } = await asked(keys, 'ssh-add', '-L');
    expect(stdout).toContain(`${kind} ${blob} `);
    const data = `${path}.data`;
    writeFileSync(data, 'signed');
    await asked(keys, 'ssh-keygen', '-q', '-Y', 'sign', '-n', 'test', '-f', `${path}.pub`, data);
    const check = ['-Y', 'check-novalidate', '-n', 'test', '-s', `${data}.sig`];
    const said = execFileSync('ssh-keygen', check, { input: 'signed', encoding: 'utf8' });
    expect(said).toContain('Good "test" signature');
  });

  test('get no signature by SHA-1', async () => {
    const path = generated('-t', 'rsa', '-b', '2048');
    await expect(asked([read(path)], 'ssh-add', '-T', `${path}.pub`)).rejects.toThrow(
      'agent refused operation',
    );
  });

  test('keep their comments', async () => {
    const { stdout } = await asked([read(generated('-t', 'ed25519'))], 'ssh-add', '-L');
    expect(stdout).toMatch(/ a comment\n$/);
  });

  test('cannot add, remove or lock', async () => {
    const path = generated('-t', 'ed25519');
    await expect(asked([read(path)], 'ssh-add', '-D')).rejects.toThrow();
    await expect(asked([read(path)], 'ssh-add', path)).rejects.toThrow();
  });

  test('a passphrase is left to an agent', () => {
    for (const format of ['RFC4716', 'PEM', 'PKCS8']) {
      const path = generated('-t', 'rsa', '-b', '2048', '-m', format, '-N', 'hush hush');
      expect(() => read(path)).toThrow(/^the key: it has a passphrase: .*ssh-add/);
    }
  });
});

test.each([
  '',
  'x',
  '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----',
])('%j is no key', (text) => {
  expect(() => readPrivateKey(text, 'path', 'the key')).toThrow('the key: it is no private key');
});

test('a kind of key that ssh has not is refused', () => {
  const { privateKey } = generateKeyPairSync('x25519');
  const text = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  expect(() => readPrivateKey(text, 'path', 'the key')).toThrow('ssh has no keys of its kind');
});

test('whatever a key has, only our errors are thrown', () => {
  const head = Buffer.from('openssh-key-v1\0\0\0\0\x04none\0\0\0\x04none\0\0\0\0\0\0\0\x01');
  fc.assert(
    fc.property(fc.uint8Array(), fc.boolean(), (bytes, long) => {
      try {
        openSshKey(long ? Buffer.concat([head, bytes]) : Buffer.from(bytes));
      } catch (error) {
        expect(isWharfError(error)).toBe(true);
      }
    }),
  );
});

describe('messages', () => {
  const key = () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const text = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    return readPrivateKey(text, 'path', 'the key');
  };

  test('whatever is said, an answer of the protocol comes', async () => {
    const keys = [key()];
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1 }), async (message) => {
        const agent = keyAgent(keys);
        await agent.write(Buffer.concat([uint32(message.length), message]));
        for await (const data of agent.output) {
          expect([5, 12]).toContain(data[4]);
          break;
        }
      }),
    );
  });

  test('may come in pieces', async () => {
    const agent = keyAgent([key()]);
    for (const byte of [0, 0, 0, 1, 11]) await agent.write(Uint8Array.of(byte));
    for await (const data of agent.output) {
      expect(data[4]).toBe(12);
      break;
    }
  });

  test('that are too long end the connection', async () => {
    await expect(keyAgent([]).write(uint32(1 << 30))).rejects.toThrow('the limit is 262144');
  });
});
