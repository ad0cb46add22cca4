import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isWharfError } from '@wharf/core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { wharf } from '../testing/test-cli.js';
import { packContext, unpackContext } from './archive.js';
import { ContextStore } from './store.js';

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
    const stored = await new ContextStore(join(home, '.wharf')).get('a');
    expect(stored.tls).toEqual({ ca: 'SECRET', cert: 'SECRET', key: 'SECRET' });
    const { out } = await cli(['context', 'inspect', 'a']);
    expect(out).toContain('key.pem');
    expect(out).not.toContain('SECRET');
    expect(statSync(join(home, '.wharf', 'contexts', 'tls')).mode & 0o777).toBe(0o700);
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

  test('tcp without TLS is refused', async () => {
    expect(await where(['-H', 'tcp://127.0.0.1:1'])).toContain('needs TLS');
  });
});

describe('archives', () => {
  const context = {
    name: 'a',
    description: 'd',
    host: 'tcp://h:1',
    skipTlsVerify: true,
    tls: { ca: 'x'.repeat(513), key: 'k' },
  };

  test('come back as they were, under another name', () => {
    expect(unpackContext(packContext(context), 'b')).toEqual({ ...context, name: 'b' });
  });

  test('damaged ones are refused or read, and nothing else happens', () => {
    const packed = packContext(context);
    fc.assert(
      fc.property(fc.nat(packed.length), fc.uint8Array({ maxLength: 16 }), (at, bytes) => {
        const broken = Buffer.from(packed);
        broken.set(bytes.subarray(0, Math.max(0, broken.length - at)), at);
        try {
          unpackContext(broken.subarray(0, broken.length - bytes.length), 'b');
        } catch (thrown) {
          expect(isWharfError(thrown) && thrown.code).toBe('invalid-argument');
        }
      }),
    );
  });

  test('nothing, anything and zeros are none', () => {
    for (const text of ['', 'x'.repeat(100), '\0'.repeat(1024)])
      expect(() => unpackContext(Buffer.from(text), 'b')).toThrow('not an exported context');
  });
});
