import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { findCredentials, readClientConfig } from './client-config.js';

const directory = mkdtempSync(join(tmpdir(), 'wharf-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

function write(value: unknown): void {
  writeFileSync(join(directory, 'config.json'), JSON.stringify(value));
}

const basic = (text: string) => ({ auth: Buffer.from(text).toString('base64') });

describe('credentials', () => {
  test('are those of exactly that registry', async () => {
    write({
      auths: {
        'registry.example.org': basic('me:pass:word'),
        'https://registry.example.org:5000': { username: 'you', password: 'x' },
        'https://index.docker.io/v1/': { identitytoken: 'token' },
        'registry.example.org.evil.com': basic('a:b'),
      },
    });
    const find = (domain: string) => findCredentials(domain, ['/nonex', directory]);
    expect(await find('registry.example.org')).toMatchObject({
      username: 'me',
      password: 'pass:word',
    });
    expect(await find('registry.example.org:5000')).toMatchObject({ username: 'you' });
    expect(await find('docker.io')).toMatchObject({ identityToken: 'token', username: '' });
    for (const other of [
      'example.org',
      'registry.example.org:80',
      'docker.io.evil.com',
      '__proto__',
    ]) {
      expect(await find(other)).toBeUndefined();
    }
  });

  test('an entry without any is none', async () => {
    write({ auths: { 'example.org': {} } });
    expect(await findCredentials('example.org', [directory])).toBeUndefined();
  });
});

describe('a config.json', () => {
  test('that is not there is empty', async () => {
    expect(await readClientConfig('/nonex')).toEqual({});
  });

  test('that is no JSON is refused without a word of what is in it', async () => {
    writeFileSync(join(directory, 'config.json'), '{"auths": {"x": {"password": hunter2}}}');
    const error = await readClientConfig(directory).catch((thrown: Error) => thrown);
    expect(String(error)).toContain('is not a JSON object');
    expect(JSON.stringify([String(error), (error as Error).cause])).not.toContain('hunter2');
  });
});
