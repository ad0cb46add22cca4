import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import { openContextStore } from './store.js';

const mode = (path: string): string => (lstatSync(path).mode & 0o777).toString(8);
const far = { host: 'tcp://far:2376', description: 'far away', tls: { ca: 'CA', key: 'KEY' } };
const folder = createHash('sha256').update('far').digest('hex');

describe('the store of contexts', () => {
  test('has the built-in one alone at first, and makes no files to say so', async () => {
    await using directory = await tempDir();
    const store = openContextStore(join(directory.path, 'none'));
    expect((await store.list()).map(({ name }) => name)).toEqual(['default']);
    expect(await store.current()).toBe('default');
    expect((await store.get('default')).host).toBe('unix:///run/wharf/wharf.sock');
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test('keeps what it is given, keys for the owner alone', async () => {
    await using directory = await tempDir();
    const created = await openContextStore(directory.path).create('far', {
      ...far,
      serverName: 'n',
    });
    const store = openContextStore(directory.path);
    expect(await store.get('far')).toEqual(created);
    expect(created).toEqual({ ...far, name: 'far', verify: true, serverName: 'n' });
    const tls = join(directory.path, 'contexts/tls', folder, 'wharf');
    expect(readdirSync(tls)).toEqual(['ca.pem', 'key.pem']);
    expect(mode(join(tls, 'key.pem'))).toBe('600');
    expect(mode(tls)).toBe('700');
    expect(mode(join(directory.path, 'contexts'))).toBe('700');
    const meta = join(directory.path, 'contexts/meta', folder, 'meta.json');
    expect(mode(meta)).toBe('600');
    expect(JSON.parse(readFileSync(meta, 'utf8'))).toEqual({
      Name: 'far',
      Metadata: { Description: 'far away' },
      Endpoints: { wharf: { Host: 'tcp://far:2376', SkipTLSVerify: false, ServerName: 'n' } },
    });
  });

  test('changes parts and leaves the rest', async () => {
    await using directory = await tempDir();
    const store = openContextStore(directory.path);
    await store.create('far', far);
    await store.update('far', { host: '/tmp/x.sock', tls: { cert: 'CERT' } });
    expect(await store.get('far')).toMatchObject({
      description: 'far away',
      host: 'unix:///tmp/x.sock',
      tls: { ca: 'CA', cert: 'CERT', key: 'KEY' },
    });
  });

  test('remembers the current one beside other settings', async () => {
    await using directory = await tempDir();
    const config = join(directory.path, 'config.json');
    writeFileSync(config, '{"auths":{"x":{}}}');
    const store = openContextStore(directory.path);
    await store.create('far', far);
    await store.use('far');
    expect(await store.current()).toBe('far');
    await expect(store.remove('far')).rejects.toThrow(/is in use/);
    await store.remove('far', { force: true });
    expect(await store.current()).toBe('default');
    expect(JSON.parse(readFileSync(config, 'utf8'))).toEqual({ auths: { x: {} } });
    expect(await store.list()).toHaveLength(1);
    expect(readdirSync(join(directory.path, 'contexts/tls'))).toEqual([]);
  });

  test('exports an archive and imports it under another name', async () => {
    await using directory = await tempDir();
    const store = openContextStore(directory.path);
    const created = await store.create('far', { ...far, verify: false });
    const copy = await store.import('near', await store.export('far'));
    expect(copy).toEqual({ ...created, name: 'near' });
    expect(await store.get('near')).toEqual(copy);
    await expect(store.import('bad', Buffer.from('junk'))).rejects.toThrow(/not an exported/);
  });

  test.each(['', '../x', 'a/b', '.x', 'default', 'x'.repeat(200), 'a\0b', '__proto__'])(
    'refuses the name %j',
    async (name) => {
      await using directory = await tempDir();
      const store = openContextStore(directory.path);
      for (const attempt of [store.create(name, far), store.update(name, far), store.remove(name)])
        await expect(attempt).rejects.toMatchObject({ code: 'invalid-argument' });
      expect(readdirSync(directory.path)).toEqual([]);
    },
  );

  test('refuses a second of a name, an unknown one, a bad host, and says which', async () => {
    await using directory = await tempDir();
    const store = openContextStore(directory.path);
    await store.create('far', far);
    await expect(store.create('far', far)).rejects.toThrow(/"far" already exists/);
    await expect(store.use('nope')).rejects.toThrow(/no such context: nope/);
    await expect(store.create('ssh', { host: 'ssh://x' })).rejects.toThrow(
      /invalid host "ssh:\/\/x"/,
    );
    await expect(store.create('none', {})).rejects.toThrow(/no host/);
  });

  test('names a damaged file and never what is in it', async () => {
    await using directory = await tempDir();
    const store = openContextStore(directory.path);
    await store.create('far', far);
    const meta = join(directory.path, 'contexts/meta', folder, 'meta.json');
    for (const text of ['{hunter2', '[]', '{}']) {
      writeFileSync(meta, text);
      await expect(store.get('far')).rejects.toThrow(`${meta} is not a context`);
    }
    writeFileSync(join(directory.path, 'config.json'), '{"auths": hunter2}');
    const failure = await store.current().catch((thrown: Error) => thrown);
    expect(String(failure)).toContain('is not a JSON object');
    expect(String(failure)).not.toContain('hunter2');
  });
});
