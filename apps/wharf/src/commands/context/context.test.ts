import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openContextStore } from '@wharf/client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { wharf } from '../../testing/test-cli.js';

let home = '';
beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'wharf-contexts-'))));
afterEach(() => rmSync(home, { recursive: true }));

function cli(argv: string[], env: Record<string, string> = {}) {
  return wharf(argv, { home, env });
}

const endpoint = (host: string) => ['--wharf', `host=${host}`];

describe('the life of a context', () => {
  test('create, ls, use, show, inspect, update, rm', async () => {
    const created = await cli(['context', 'create', 'prod', ...endpoint('tcp://a.example.org')]);
    expect(created).toMatchObject({ code: 0, out: 'prod\n' });
    expect((await cli(['context', 'show'])).out).toBe('default\n');
    expect((await cli(['context', 'use', 'prod'])).code).toBe(0);
    expect((await cli(['context', 'show'])).out).toBe('prod\n');
    await cli(['context', 'update', 'prod', '--description', 'the real one']);
    expect((await cli(['context', 'ls'])).out).toBe(
      [
        'NAME      DESCRIPTION    WHARF ENDPOINT                 ERROR',
        'default                  unix:///run/wharf/wharf.sock   ',
        'prod *    the real one   tcp://a.example.org:2376       ',
        '',
      ].join('\n'),
    );
    const format = '{{.Endpoints.wharf.Host}} {{.Metadata.Description}}';
    expect((await cli(['context', 'inspect', '-f', format])).out).toBe(
      'tcp://a.example.org:2376 the real one\n',
    );
    expect(await cli(['context', 'rm', 'prod'])).toMatchObject({ code: 1, out: '' });
    expect(await cli(['context', 'rm', '-f', 'prod'])).toMatchObject({ code: 0, out: 'prod\n' });
    expect((await cli(['context', 'show'])).out).toBe('default\n');
    expect((await cli(['context', 'use', 'prod'])).err).toContain('no such context: prod');
  });

  test('use keeps what else is in config.json', async () => {
    await cli(['context', 'create', 'a', ...endpoint('unix:///a')]);
    const path = join(home, '.wharf', 'config.json');
    writeFileSync(path, JSON.stringify({ psFormat: 'x', auths: {} }));
    await cli(['context', 'use', 'a']);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
      psFormat: 'x',
      auths: {},
      currentContext: 'a',
    });
  });

  test('names: taken, reserved, not a name', async () => {
    const create = (name: string) => cli(['context', 'create', name, ...endpoint('unix:///a')]);
    await create('a');
    expect((await create('a')).err).toContain('already exists');
    expect((await create('default')).err).toContain('reserved');
    for (const name of ['../x', '', 'a/b', 'x\n']) {
      expect((await create(name)).err).toContain('is invalid');
    }
  });

  test('keys are for their owner alone and never shown', async () => {
    const key = join(home, 'key.pem');
    writeFileSync(key, 'SECRET');
    const flag = `host=tcp://h,ca=${key},cert=${key},key=${key}`;
    expect((await cli(['context', 'create', 'a', '--wharf', flag])).code).toBe(0);
    const stored = await openContextStore(join(home, '.wharf')).get('a');
    expect(stored.tls).toEqual({ ca: 'SECRET', cert: 'SECRET', key: 'SECRET' });
    const { out } = await cli(['context', 'inspect', 'a']);
    expect(out).toContain('key.pem');
    expect(out).not.toContain('SECRET');
    expect(statSync(join(home, '.wharf', 'contexts', 'tls')).mode & 0o777).toBe(0o700);
  });

  test('create --from copies all but the name and the description, and can change the rest', async () => {
    const key = join(home, 'key.pem');
    writeFileSync(key, 'SECRET');
    await cli(['context', 'create', 'a', '--wharf', `host=tcp://h,key=${key},skip-tls-verify=1`]);
    expect((await cli(['context', 'create', 'b', '--from', 'a'])).code).toBe(0);
    expect((await cli(['context', 'create', 'c', '--from', 'b', '--wharf', 'host=/c'])).code).toBe(
      0,
    );
    expect((await cli(['context', 'create', 'd', '--from', 'default'])).code).toBe(0);
    const store = openContextStore(join(home, '.wharf'));
    const a = await store.get('a');
    expect(a).toMatchObject({ name: 'a', host: 'tcp://h:2376', verify: false });
    expect(await store.get('b')).toEqual({ ...a, name: 'b' });
    expect(await store.get('c')).toEqual({ ...a, name: 'c', host: 'unix:///c' });
    expect((await store.get('d')).host).toBe('unix:///run/wharf/wharf.sock');
    expect((await cli(['context', 'create', 'e', '--wharf', `key=${key}`])).err).toContain(
      'has no host',
    );
  });

  test('export and import', async () => {
    await cli(['context', 'create', 'a', ...endpoint('unix:///a'), '--description', 'x']);
    const file = join(home, 'a.wharfcontext');
    expect((await cli(['context', 'export', 'a', file])).code).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await cli(['context', 'export', 'a', file])).err).toContain('EEXIST');
    expect((await cli(['context', 'import', 'b', file])).out).toBe('b\n');
    expect((await cli(['context', 'inspect', '-f', '{{.Endpoints.wharf.Host}}', 'b'])).out).toBe(
      'unix:///a\n',
    );
  });
});

describe('which daemon', () => {
  const where = async (argv: string[], env: Record<string, string> = {}) => {
    const { err } = await cli([...argv, 'ping'], env);
    return /at (unix:\S+):/.exec(err)?.[1] ?? err;
  };

  test('-H, --context, WHARF_HOST, WHARF_CONTEXT, the context in use, the default', async () => {
    for (const name of ['a', 'b']) {
      await cli(['context', 'create', name, ...endpoint(`unix://${home}/${name}.sock`)]);
    }
    await cli(['context', 'use', 'a']);
    const env = { WHARF_HOST: `unix://${home}/env.sock`, WHARF_CONTEXT: 'b' };
    expect(await where(['-H', `unix://${home}/flag.sock`], env)).toBe(`unix://${home}/flag.sock`);
    expect(await where(['-c', 'b'], { ...env })).toBe(`unix://${home}/b.sock`);
    expect(await where([], env)).toBe(`unix://${home}/env.sock`);
    expect(await where([], { WHARF_CONTEXT: 'b' })).toBe(`unix://${home}/b.sock`);
    expect(await where([])).toBe(`unix://${home}/a.sock`);
  });

  test('two answers to the question are refused', async () => {
    expect(await where(['-H', 'unix:///x', '-c', 'b'])).toContain('cannot specify both');
    expect(await where(['-H', 'unix:///x', '-H', 'unix:///y'])).toContain('specify only one -H');
  });

  test('one that there is no context for is said to be unknown, whatever is to be shown', async () => {
    for (const format of ['X', '{{.Server.Version}}', 'json']) {
      const found = await cli(['-c', 'nope', 'version', '--format', format]);
      expect(found).toMatchObject({ code: 1, out: '' });
      expect(found.err).toContain('no such context: nope');
    }
    expect(await cli(['-c', 'nope', 'version'])).toMatchObject({ code: 1, out: '' });
  });

  test('one that does not answer is said so, beside what the client is', async () => {
    const at = ['-H', `unix://${home}/none.sock`, 'version', '--format'];
    expect((await cli([...at, '{{.Client.ApiVersion}}'])).out).toBe('wharf.v1\n');
    const needsServer = await cli([...at, '{{.Server.Version}}']);
    expect(needsServer).toMatchObject({ code: 1, out: '' });
    expect(needsServer.err).toContain('none.sock');
    expect(needsServer.err).not.toContain('template');
  });

  test('tcp without TLS is refused', async () => {
    expect(await where(['-H', 'tcp://127.0.0.1:1'])).toContain('needs TLS');
  });
});
