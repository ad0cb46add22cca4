import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseFlags } from '../flags.js';
import { loadConfig } from './load.js';
import { registrySlice } from './registry-slice.js';
import { shown } from './show.js';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(`${tmpdir()}/wharfd-config-`);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function load(toml: string, ...flags: string[]) {
  const file = `${dir}/wharfd.toml`;
  await writeFile(file, toml);
  return loadConfig(parseFlags(['--config-file', file, ...flags]));
}

const slice = async (toml: string, env = {}, ...flags: string[]) =>
  registrySlice(await load(toml, ...flags), env);

test('all that can be said of registries reaches the client', async () => {
  const found = await slice(`
    insecure-registries = ["reg.corp:5000", "10.0.0.0/8"]
    blocked-registries = ["*.evil.example", "docker.io/hostile"]
    default-registry = "registry.corp/hub"
    max-download-attempts = 7
    max-concurrent-uploads = 2
    [rewrite]
    "quay.example/a" = "registry.corp/quay/a"
    [registries."reg.corp:5000"]
    mirrors = ["http://m.corp/hub"]
    username = "robot"
    password-file = "/etc/wharf/robot"
    upload-chunk-size = 10485760
    [registries."registry.corp"]
    ca = "/etc/wharf/ca.pem"
    identity-token-file = "/etc/wharf/token"
    upload = "single"
    [registries."*"]
    mirrors = ["https://all.corp"]
  `);
  expect(found.hosts).toEqual(
    new Map([
      [
        'reg.corp:5000',
        {
          insecure: true,
          credentials: { username: 'robot', passwordFile: '/etc/wharf/robot' },
          upload: 10_485_760,
        },
      ],
      [
        'registry.corp',
        {
          caFile: '/etc/wharf/ca.pem',
          credentials: { identityTokenFile: '/etc/wharf/token' },
          upload: 'single',
        },
      ],
    ]),
  );
  expect(found.insecureNets).toEqual(['10.0.0.0/8']);
  expect(found.blocked).toEqual(['*.evil.example', 'docker.io/hostile']);
  expect(found.rewrites).toEqual(
    new Map([
      ['quay.example/a', 'registry.corp/quay/a'],
      ['docker.io', 'registry.corp/hub'],
    ]),
  );
  expect(found.mirrors).toEqual(
    new Map([
      ['reg.corp:5000', ['http://m.corp/hub']],
      ['*', ['https://all.corp']],
    ]),
  );
  expect(found.limits).toEqual({ attempts: 7, connectionsPerHost: 13 });
});

test('without a word, docker.io is where it always was', async () => {
  const found = await slice('');
  expect(found.rewrites).toEqual(new Map());
  expect(found.limits?.attempts).toBe(5);
});

describe('proxies', () => {
  const env = { HTTPS_PROXY: 'http://env:1', HTTP_PROXY: 'http://env:2', NO_PROXY: 'a.example' };

  test('a setting wins over the environment, the others stay', async () => {
    const toml = '[proxies]\nhttps-proxy = "http://u:p@own:3"\nno-proxy = "10.0.0.0/8,b:5000"';
    expect((await slice(toml, env)).proxy).toEqual({
      http: 'http://env:2',
      https: 'http://u:p@own:3',
      noProxy: '10.0.0.0/8,b:5000',
    });
    expect((await slice('', env)).proxy).toEqual({
      http: 'http://env:2',
      https: 'http://env:1',
      noProxy: 'a.example',
    });
  });

  test('an empty setting turns the proxy of the environment off', async () => {
    const found = await slice('', env, '--no-proxy', '*');
    expect(found.proxy?.noProxy).toBe('*');
  });

  test('passwords are not shown', async () => {
    const config = await load('', '--https-proxy', 'http://u:hidden@p:1', '--http-proxy', 'u:h@q');
    expect(shown(config).proxies).toEqual({
      'https-proxy': 'http://xxxxx:xxxxx@p:1',
      'http-proxy': 'xxxxx:xxxxx@q',
    });
    expect(config.proxies['https-proxy']).toContain('hidden');
  });
});

test.each<[string, RegExp]>([
  ['insecure-registries = ["http://a"]', /insecure-registries\.0: must be host\[:port\] or a net/],
  ['insecure-registries = ["10.0.0.0/40"]', /must be host\[:port\] or a network/],
  ['insecure-registries = ["a.example/x"]', /must be host/],
  ['blocked-registries = ["https://a"]', /blocked-registries\.0: must be host/],
  ['default-registry = "https://a"', /default-registry: must be host\[:port\]\[\/path\], without/],
  ['default-registry = "*.a"', /default-registry: must be/],
  ['registry-mirrors = ["m.corp"]', /registry-mirrors\.0: must be https:\/\/host/],
  ['registry-mirrors = ["https://u:hidden@m.corp"]', /without user or query/],
  ['[rewrite]\n"docker.io" = "https://a"', /rewrite\.docker\.io: must be host/],
  ['[rewrite]\n"https://a" = "b"', /rewrite\.https:\/\/a: /],
  ['[registries."https://a"]', /registries\.https:\/\/a: /],
  ['[registries.a]\nusername = "x"', /username and password-file go together/],
  ['[registries.a]\nclient-cert = "/x"', /client-cert and client-key go together/],
  ['[registries.a]\nupload = "single"\nupload-chunk-size = 65536', /either upload or upload-chunk/],
  ['[registries.a]\nupload-chunk-size = 1', /upload-chunk-size/],
  ['[registries."*"]\ninsecure = true', /registries\."\*" takes mirrors only/],
  ['[registries.a]\npassword = "hidden"', /unknown key password/],
  ['[proxies]\nhttp-proxy = "socks5://u:hidden@p"', /proxies\.http-proxy: must be http:/],
  ['[proxies]\nhttp_proxy = "p"', /unknown key http_proxy/],
  ['max-download-attempts = 0', /max-download-attempts/],
  [
    'default-registry = "a"\n[rewrite]\n"docker.io" = "b"',
    /default-registry and rewrite\."docker\.io"/,
  ],
  [
    'registry-mirrors = ["https://a"]\n[registries."docker.io"]\nmirrors = ["https://b"]',
    /are the same list/,
  ],
])('%j is refused with its place', async (toml, text) => {
  const failure = await load(toml).catch((error: unknown) => error as Error);
  expect(failure).toBeInstanceOf(Error);
  expect((failure as Error).message).toMatch(text);
  expect((failure as Error).message).not.toContain('hidden');
});
