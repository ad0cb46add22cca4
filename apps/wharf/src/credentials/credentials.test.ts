import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { credentialStore } from './credentials.js';

const root = mkdtempSync(join(tmpdir(), 'wharf-credentials-'));
afterAll(() => rmSync(root, { recursive: true }));
const own = join(root, 'own');
const docker = join(root, 'docker');
const bin = join(root, 'bin');
const call = { signal: AbortSignal.timeout(60_000) };

beforeEach(() => {
  for (const directory of [own, docker, bin]) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory);
  }
});

const warnings: string[] = [];

function open(options: { readonly timeout?: number } = {}) {
  warnings.length = 0;
  const env = { PATH: `${bin}:/usr/bin:/bin`, STORE: join(root, 'kept') };
  const warn = (text: string) => void warnings.push(text);
  return credentialStore([own, docker], { env, warn, ...options });
}

function write(directory: string, value: unknown): void {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  writeFileSync(join(directory, 'config.json'), text);
}

const read = (directory: string) => readFileSync(join(directory, 'config.json'), 'utf8');
const basic = (text: string) => ({ auth: Buffer.from(text).toString('base64') });

/** A helper program; it writes down how it was called. */
function helper(name: string, script: string): void {
  const path = join(bin, `docker-credential-${name}`);
  writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' "$*" >> ${root}/calls\n${script}\n`);
  chmodSync(path, 0o755);
}

const me = { username: 'me', password: 'pass:wörd', identityToken: '', registryToken: '' };

describe('credentials', () => {
  test('are those of exactly that registry', async () => {
    write(docker, {
      auths: {
        'registry.example.org': basic('me:pass:word'),
        'https://registry.example.org:5000/v2/': { username: 'you', password: 'x' },
        'https://index.docker.io/v1/access-token': basic('no:no'),
        'https://index.docker.io/v1/': { identitytoken: 'token' },
        'registry.example.org.evil.com': basic('a:b'),
        '': basic('empty:x'),
        'null.example': null,
      },
    });
    const find = (domain: string) => open().find(domain, call);
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
      'evil.com',
      'null.example',
      '__proto__',
      'constructor',
    ]) {
      expect(await find(other)).toBeUndefined();
    }
  });

  test('an entry without any is none; the first directory goes before the second', async () => {
    write(own, { auths: { 'a.example': {}, 'b.example': basic('own:1') } });
    write(docker, { auths: { 'a.example': basic('docker:2'), 'b.example': basic('docker:2') } });
    const found = await open().findAll(['a.example', 'b.example', 'c.example'], call);
    expect([...found].map(([domain, { username }]) => `${domain} ${username}`)).toEqual([
      'a.example docker',
      'b.example own',
    ]);
  });

  test('are kept as docker keeps them, in a file of the owner alone', async () => {
    rmSync(own, { recursive: true });
    const path = await open().keep('docker.io', me, call);
    expect(path).toBe(join(own, 'config.json'));
    expect(JSON.parse(read(own))).toEqual({
      auths: { 'https://index.docker.io/v1/': basic('me:pass:wörd') },
    });
    expect(statSync(join(own, 'config.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(own)).toEqual(['config.json']);
    expect(await open().find('docker.io', call)).toEqual(me);
  });

  test('an identity token takes the place of the password', async () => {
    await open().keep('r.example', { ...me, identityToken: 'T' }, call);
    expect(JSON.parse(read(own))).toEqual({
      auths: { 'r.example': { ...basic('me:'), identitytoken: 'T' } },
    });
    expect(await open().find('r.example', call)).toMatchObject({ identityToken: 'T' });
  });

  test('what else is in the file stays as it is written', async () => {
    const rest = '"big": 9007199254740993,\n  "odd" : {"a" : 1e2, "b":[ "}", "\\"" ]}';
    write(own, `{ ${rest}, "auths":{"x.example" : {"auth":"eDp5", "n": 1.50}} ,"__proto__":1}`);
    await open().keep('r.example', me, call);
    const text = read(own);
    for (const part of [
      '"big": 9007199254740993',
      '{"a" : 1e2, "b":[ "}", "\\"" ]}',
      '{"auth":"eDp5", "n": 1.50}',
      '"__proto__": 1',
    ]) {
      expect(text).toContain(part);
    }
    expect(await open().forget('r.example', call)).toBe(true);
    expect(Object.keys(JSON.parse(read(own)).auths)).toEqual(['x.example']);
    expect(await open().forget('r.example', call)).toBe(false);
  });

  test('forgetting takes every spelling of the registry', async () => {
    write(own, {
      auths: { 'r.example': {}, 'https://r.example/v1/': {}, 'http://r.example': {}, other: {} },
    });
    await open().forget('r.example', call);
    expect(Object.keys(JSON.parse(read(own)).auths)).toEqual(['other']);
  });

  test('registries are told by the names of references', async () => {
    write(own, { auths: { 'https://index.docker.io/v1/': {} } });
    write(docker, { auths: { 'https://r.example:5000/v1/': {} } });
    expect(await open().servers()).toEqual(['docker.io', 'r.example:5000']);
  });
});

describe('credential helpers', () => {
  const keeper = `
case $1 in
  store) cat > $STORE ;;
  get) server=$(cat); [ -s $STORE ] && grep -q "\\"$server\\"" $STORE && cat $STORE && exit 0
       echo credentials not found in native keychain; exit 1 ;;
  erase) rm -f $STORE ;;
esac`;

  test('get and keep secrets by standard input alone', async () => {
    helper('keeper', keeper);
    write(own, { credsStore: 'keeper' });
    const store = open();
    expect(await store.find('r.example', call)).toBeUndefined();
    expect(await store.keep('r.example', me, call)).toBeUndefined();
    expect(JSON.parse(read(own))).toEqual({ credsStore: 'keeper', auths: { 'r.example': {} } });
    expect(await store.find('r.example', call)).toEqual(me);
    expect(await store.find('other.example', call)).toBeUndefined();
    expect(await store.forget('r.example', call)).toBe(true);
    expect(await store.find('r.example', call)).toBeUndefined();
    const calls = readFileSync(join(root, 'calls'), 'utf8');
    expect(new Set(calls.trim().split('\n'))).toEqual(new Set(['get', 'store', 'erase']));
  });

  test('a helper is for the registry of its exact key; Docker Hub has its old name', async () => {
    helper('one', `cat >/dev/null; echo '{"Username":"<token>","Secret":"T"}'`);
    write(own, { credHelpers: { 'https://index.docker.io/v1/': 'one', 'r.example': 'one' } });
    const store = open();
    expect(await store.find('docker.io', call)).toMatchObject({ identityToken: 'T', username: '' });
    expect(await store.find('r.example', call)).toMatchObject({ identityToken: 'T' });
    expect(await store.find('r.example:5000', call)).toBeUndefined();
    expect(await store.find('r.example.evil.com', call)).toBeUndefined();
  });

  test.each([
    ['that is not there', 'nonex', '', 'install it or take it out of config.json'],
    ['that fails', 'bad', 'echo locked; exit 1', 'could not get: locked'],
    ['that hangs', 'slow', 'exec sleep 60', 'has not answered for 0.5 seconds'],
    ['that talks nonsense', 'odd', 'echo hunter2', 'gave no credentials'],
    ['whose name is a path', '../x', '', 'no name of a credential helper'],
  ])('one %s is told of, and the access is anonymous', async (_what, name, script, text) => {
    if (script !== '') helper(name, script);
    write(docker, { credsStore: name });
    const store = open({ timeout: 500 });
    expect(await store.find('r.example', call)).toBeUndefined();
    expect(warnings.join()).toContain(text);
    expect(warnings.join()).not.toContain('hunter2');
  });

  test('one that cannot keep them fails the login, without the secret', async () => {
    helper('full', 'cat; exit 1');
    write(own, { credsStore: 'full' });
    const error = await open()
      .keep('r.example', { ...me, password: 'hunter2' }, call)
      .catch((thrown: Error) => thrown);
    expect(String(error)).toContain('could not store');
    expect(String(error)).not.toContain('hunter2');
  });

  test('an interrupted one is ended', async () => {
    helper('slow', 'exec sleep 60');
    write(own, { credsStore: 'slow' });
    const signal = AbortSignal.timeout(200);
    await expect(open().find('r.example', { signal })).rejects.toThrow('timeout');
  });
});
