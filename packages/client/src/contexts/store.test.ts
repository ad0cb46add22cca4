import { lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import { resolveTarget } from './resolve.js';
import { openContextStore } from './store.js';

const mode = (path: string): string => (lstatSync(path).mode & 0o777).toString(8);
const far = { host: 'tcp://far:2376', description: 'far away', tls: { ca: 'CA', key: 'KEY' } };

describe('the store of contexts', () => {
  test('has the built-in one alone at first, and makes no files to say so', async () => {
    await using directory = await tempDir();
    const store = openContextStore(join(directory.path, 'none'));
    expect(store.list().map(({ name }) => name)).toEqual(['default']);
    expect(store.current()).toBe('default');
    expect(store.get('default').host).toBe('unix:///run/wharf/wharf.sock');
  });

  test('keeps what it is given, keys for the owner alone', async () => {
    await using directory = await tempDir();
    const created = openContextStore(directory.path).create('far', { ...far, serverName: 'n' });
    const store = openContextStore(directory.path);
    expect(store.get('far')).toEqual(created);
    expect(created).toEqual({ ...far, name: 'far', verify: true, serverName: 'n' });
    expect(mode(join(directory.path, 'contexts/far.tls/key.pem'))).toBe('600');
    expect(mode(join(directory.path, 'contexts/far.tls'))).toBe('700');
    expect(mode(join(directory.path, 'contexts/far.json'))).toBe('600');
    expect(readFileSync(join(directory.path, 'contexts/far.json'), 'utf8')).not.toContain('KEY');
  });

  test('changes parts and leaves the rest', async () => {
    await using directory = await tempDir();
    const store = openContextStore(directory.path);
    store.create('far', far);
    store.update('far', { host: '/tmp/x.sock', tls: { cert: 'CERT' } });
    expect(store.get('far')).toMatchObject({
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
    store.create('far', far);
    store.use('far');
    expect(store.current()).toBe('far');
    expect(() => store.remove('far')).toThrow(/is in use/);
    store.remove('far', { force: true });
    expect(store.current()).toBe('default');
    expect(JSON.parse(readFileSync(config, 'utf8'))).toEqual({ auths: { x: {} } });
    expect(store.list()).toHaveLength(1);
  });

  test('exports one document and imports it under another name', async () => {
    await using directory = await tempDir();
    const store = openContextStore(directory.path);
    const created = store.create('far', { ...far, verify: false });
    const copy = store.import('near', store.export('far'));
    expect(copy).toEqual({ ...created, name: 'near' });
    expect(() => store.import('bad', '{"host":7}')).toThrow(/damaged/);
    expect(() => store.import('bad', 'junk')).toThrow(/not JSON/);
  });

  test.each(['', 'x', '../x', 'a/b', '.x', 'default', 'x'.repeat(200), 'a\0b', '__proto__'])(
    'refuses the name %j',
    async (name) => {
      await using directory = await tempDir();
      const store = openContextStore(directory.path);
      expect(() => store.create(name, far)).toThrow(/context/);
    },
  );

  test('refuses a second of a name, an unknown one, a bad host, and says which', async () => {
    await using directory = await tempDir();
    const store = openContextStore(directory.path);
    store.create('far', far);
    expect(() => store.create('far', far)).toThrow(/"far" already exists/);
    expect(() => store.use('nope')).toThrow(/no such context: nope/);
    expect(() => store.create('ssh', { host: 'ssh://x' })).toThrow(/invalid host "ssh:\/\/x"/);
    expect(() => store.remove('default')).toThrow(/built in/);
  });
});

describe('which daemon is meant', () => {
  test('is said by the first that is given: flag, context flag, host, context, current', async () => {
    await using directory = await tempDir();
    const store = openContextStore(directory.path);
    for (const name of ['one', 'two', 'three']) store.create(name, { host: `unix:///${name}` });
    const base = { WHARF_CONFIG: directory.path };
    const host = (flags: object, env: object): string =>
      resolveTarget(flags, { ...base, ...env }).host;
    expect(host({}, {})).toBe('unix:///run/wharf/wharf.sock');
    store.use('one');
    expect(host({}, {})).toBe('unix:///one');
    expect(host({}, { WHARF_CONTEXT: 'two' })).toBe('unix:///two');
    expect(host({}, { WHARF_CONTEXT: 'two', WHARF_HOST: 'unix:///env' })).toBe('unix:///env');
    expect(host({ context: 'three' }, { WHARF_HOST: 'unix:///env' })).toBe('unix:///three');
    expect(host({ host: '/flag' }, { WHARF_HOST: 'unix:///env' })).toBe('unix:///flag');
    expect(() => host({ host: '/flag', context: 'one' }, {})).toThrow(/not both/);
    expect(() => host({ context: 'nope' }, {})).toThrow(/no such context/);
  });

  test('with TLS from the flags, over the folder of certificates, over the context', async () => {
    await using directory = await tempDir();
    const folder = join(directory.path, 'certs');
    mkdirSync(folder);
    for (const part of ['ca', 'cert', 'key']) writeFileSync(join(folder, `${part}.pem`), part);
    writeFileSync(join(folder, 'mine.pem'), 'mine');
    const store = openContextStore(directory.path);
    store.create('far', { ...far, serverName: 'n', verify: false });
    const env = { WHARF_CONFIG: directory.path, WHARF_CERT_PATH: folder };
    expect(resolveTarget({ host: 'tcp://h', tlsKey: join(folder, 'mine.pem') }, env)).toEqual({
      host: 'tcp://h:2376',
      tls: { ca: 'ca', cert: 'cert', key: 'mine', verify: true },
    });
    expect(resolveTarget({ context: 'far' }, env)).toEqual({
      context: 'far',
      host: 'tcp://far:2376',
      tls: { ca: 'CA', key: 'KEY', serverName: 'n', verify: false },
    });
    const strict = { ...env, WHARF_TLS_VERIFY: '1' };
    expect(resolveTarget({ context: 'far' }, strict).tls?.verify).toBe(true);
    expect(resolveTarget({ context: 'far', tlsVerify: false }, strict).tls?.verify).toBe(false);
    expect(() => resolveTarget({ host: 'tcp://h', tlsCert: '/none' }, env)).toThrow(/\/none/);
  });
});
