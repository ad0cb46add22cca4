import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  UnavailableError,
  WharfError,
  type Registries,
  type RegistryCredentials,
} from '@wharf/core';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { stream } from '../../testing/stream.js';
import { wharf, type CliOptions } from '../../testing/test-cli.js';
import { fakeEngine } from '../../testing/test-engine.js';
import { fakeIo } from '../../testing/test-io.js';

const home = mkdtempSync(join(tmpdir(), 'wharf-login-'));
afterAll(() => rmSync(home, { recursive: true }));
beforeEach(() => {
  rmSync(join(home, '.wharf'), { recursive: true, force: true });
  rmSync(join(home, '.docker'), { recursive: true, force: true });
});

const config = () => readFileSync(join(home, '.wharf/config.json'), 'utf8');
const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') });

function registry(answer: { readonly identityToken?: string; readonly refuse?: boolean } = {}) {
  const asked: [string, RegistryCredentials][] = [];
  const registries: Partial<Registries> = {
    login: (domain, credentials) => {
      asked.push([domain, credentials]);
      return answer.refuse === true
        ? Promise.reject(new WharfError('unauthenticated', 'the registry refuses the password'))
        : Promise.resolve({ identityToken: answer.identityToken ?? '' });
    },
  };
  return { engine: fakeEngine({ registries }), asked };
}

const run = (argv: readonly string[], options: CliOptions) => wharf(argv, { home, ...options });

describe('login', () => {
  test('with a password from standard input', async () => {
    const { engine, asked } = registry();
    const stdin = stream(Buffer.from('se'), Buffer.from('cret\n'));
    const result = await run(['login', '-u', 'me', '--password-stdin', 'https://r.example/v2/'], {
      engine,
      stdin,
    });
    expect(result).toMatchObject({ code: 0, out: 'Login Succeeded\n' });
    expect(result.err).toContain(`stored unencrypted in '${home}/.wharf/config.json'`);
    expect(asked).toEqual([
      ['r.example', { username: 'me', password: 'secret', identityToken: '', registryToken: '' }],
    ]);
    expect(JSON.parse(config())).toEqual({ auths: { 'r.example': auth('me:secret') } });
    expect(statSync(join(home, '.wharf/config.json')).mode & 0o777).toBe(0o600);
  });

  test('with questions: the password is not shown and can be mended', async () => {
    const { engine, asked } = registry({ identityToken: 'T' });
    const io = fakeIo({
      home,
      tty: true,
      stdin: stream(
        Buffer.from('me\n'),
        Buffer.from('wrongé\x7f\x15sex'),
        Buffer.from('\x7fcret\r'),
      ),
    });
    const { out, err } = await run(['login'], { engine, io });
    expect(err + out).not.toContain('secret');
    expect(err).toContain('Username: Password: ');
    expect(out).toBe('Login Succeeded\n');
    expect(io.raw).toEqual([true, false]);
    expect(asked[0]).toMatchObject(['docker.io', { username: 'me', password: 'secret' }]);
    const entry = { ...auth('me:'), identitytoken: 'T' };
    expect(JSON.parse(config())).toEqual({ auths: { 'https://index.docker.io/v1/': entry } });
  });

  test('ctrl-c at the password ends it with 130 and gives the terminal back', async () => {
    const { engine } = registry();
    const io = fakeIo({ home, tty: true, stdin: stream(Buffer.from('me\nse\x03')) });
    expect((await run(['login'], { engine, io })).code).toBe(130);
    expect(io.raw).toEqual([true, false]);
  });

  test('what is kept is tried first', async () => {
    mkdirSync(join(home, '.docker'));
    writeFileSync(
      join(home, '.docker/config.json'),
      JSON.stringify({ auths: { 'r.example': auth('me:old') } }),
    );
    const { engine, asked } = registry();
    const { out, err } = await run(['login', 'r.example'], { engine });
    expect([out, err]).toEqual([
      'Login Succeeded\n',
      'Authenticating with existing credentials... [Username: me]\n',
    ]);
    expect(asked[0]?.[1].password).toBe('old');
  });

  test('credentials that are refused are not kept', async () => {
    const { engine } = registry({ refuse: true });
    const { err, code } = await run(['login', '-u', 'me', '-p', 'hunter2', 'r.example'], {
      engine,
    });
    expect(code).toBe(1);
    expect(err).toContain(
      'WARNING! Using --password via the CLI is insecure. Use --password-stdin.',
    );
    expect(err).toContain('the registry refuses the password');
    expect(err).not.toContain('hunter2');
    expect(config).toThrow('ENOENT');
  });

  test.each([
    [['--password-stdin'], 'Must provide --username with --password-stdin'],
    [['-u', 'me', '-p', 'x', '--password-stdin'], 'mutually exclusive'],
    [['-u', 'me'], 'cannot perform an interactive login from a non-TTY device'],
    [['-u', '', '-p', 'x'], 'username is empty'],
  ])('%j is refused', async (argv, text) => {
    const { err, code } = await run(['login', ...argv], registry());
    expect(code).toBe(1);
    expect(err).toContain(text);
  });
});

describe('logout', () => {
  test('forgets, and tells where else there are credentials', async () => {
    await run(['login', '-u', 'me', '-p', 'x', 'r.example'], registry());
    const result = await run(['logout', 'r.example'], {});
    expect(result).toEqual({ code: 0, out: 'Removing login credentials for r.example\n', err: '' });
    expect(JSON.parse(config())).toEqual({ auths: {} });
    mkdirSync(join(home, '.docker'));
    writeFileSync(
      join(home, '.docker/config.json'),
      JSON.stringify({ auths: { 'docker.io': auth('a:b') } }),
    );
    expect((await run(['logout'], {})).err).toContain('docker logout removes them');
    expect((await run(['logout', 'other.example'], {})).err).toBe(
      'not logged in to other.example\n',
    );
  });
});

describe('search', () => {
  const found = [
    {
      name: 'nginx',
      description: 'Official build\nof Nginx.',
      stars: 20_000,
      official: true,
      automated: false,
    },
    {
      name: 'me/nginx',
      description: 'A description that is a good deal longer than that',
      stars: 3,
      official: false,
      automated: true,
    },
  ];
  const search = (argv: readonly string[]) => {
    const asked: unknown[] = [];
    const registries: Partial<Registries> = {
      search: (term, { signal: _, ...options }) => {
        asked.push(term, options);
        return Promise.resolve(found);
      },
    };
    return run(['search', ...argv], { engine: fakeEngine({ registries }) }).then((result) => ({
      ...result,
      asked,
    }));
  };

  test('the table', async () => {
    expect((await search(['nginx'])).out.split('\n')).toEqual([
      'NAME       DESCRIPTION                                     STARS     OFFICIAL',
      'nginx      Official build of Nginx.                        20000     [OK]',
      'me/nginx   A description that is a good deal longer tha…   3         ',
      '',
    ]);
  });

  test('filters, limit and format', async () => {
    const name = ['--format', '{{.Name}}', 'nginx'];
    expect((await search(['--filter', 'stars=4', ...name])).out).toBe('nginx\n');
    expect(
      (await search(['-f', 'is-official=false', '-f', 'is-automated=true', ...name])).out,
    ).toBe('me/nginx\n');
    expect((await search(['--limit', '7', 'nginx'])).asked).toEqual(['nginx', { limit: 7 }]);
    expect((await search(['--limit', '101', 'nginx'])).err).toContain('between 1 and 100');
    for (const bad of ['stars=many', 'is-official=perhaps', 'color=red']) {
      expect((await search(['-f', bad, 'nginx'])).err).toContain('invalid filter');
    }
  });
});

test('a daemon that does not answer is told of', async () => {
  const login = () => Promise.reject(new UnavailableError('cannot connect'));
  const { err } = await run(['login', '-u', 'a', '-p', 'b'], {
    engine: fakeEngine({ registries: { login } }),
  });
  expect(err).toContain('wharf: cannot connect');
});
