import { describe, expect, test } from 'vitest';
import type { RegistryConfig } from '../config.js';
import { Hosts } from './hosts.js';
import { Places } from './places.js';
import { Proxies } from './proxy.js';

const insecure = { insecure: true };

function placesOf(config: RegistryConfig, addresses: readonly string[] = []) {
  const hosts = new Hosts(config);
  const proxies = new Proxies(config.proxy);
  return { hosts, places: new Places(config, hosts, proxies, async () => addresses) };
}

async function pull(config: RegistryConfig, name: string): Promise<string[]> {
  const slash = name.indexOf('/');
  const repository = { domain: name.slice(0, slash), path: name.slice(slash + 1) };
  const endpoints = await placesOf(config).places.forPull(repository);
  return endpoints.map((e) => `${e.base} ${e.repository}${e.named ? '' : ' foreign'}`);
}

describe('the registry itself', () => {
  test.each<[string, string, string]>([
    ['docker.io', '', 'https://registry-1.docker.io'],
    ['quay.example', '', 'https://quay.example'],
    ['quay.example:443', '', 'https://quay.example'],
    ['quay.example:5000', '', 'https://quay.example:5000'],
    ['reg:5000', 'reg:5000', 'http://reg:5000'],
    ['REG:5000', 'reg:5000', 'http://reg:5000'],
    ['reg:80', 'reg:80', 'http://reg'],
    ['reg', 'reg:80', 'https://reg'],
    ['reg:443', 'reg', 'http://reg:443'],
    ['[fd00::1]:5000', '[fd00::1]:5000', 'http://[fd00::1]:5000'],
  ])('%s with %j named as insecure is %s', async (domain, named, base) => {
    const hosts = new Map(named === '' ? [] : [[named, insecure]]);
    expect(await pull({ hosts }, `${domain}/a`)).toEqual([`${base} a`]);
  });
});

describe('mirrors', () => {
  test('mirrors of the host come first, those of all hosts only without them', async () => {
    const mirrors = new Map([
      ['docker.io', ['https://m.example/hub/', 'https://n.example']],
      ['*', ['http://all.example:5000']],
    ]);
    expect(await pull({ mirrors }, 'docker.io/library/x')).toEqual([
      'https://m.example hub/library/x foreign',
      'https://n.example library/x foreign',
      'https://registry-1.docker.io library/x',
    ]);
    expect(await pull({ mirrors }, 'a.example/x')).toEqual([
      'http://all.example:5000 x foreign',
      'https://a.example x',
    ]);
  });

  test.each([
    ['https://m.example/api/v2/hub', 'https://m.example/api hub/x foreign'],
    ['https://m.example/v2', 'https://m.example x foreign'],
    ['https://m.example/v2/a/b/', 'https://m.example a/b/x foreign'],
  ])('the path of the API ends at its v2: %s', async (mirror, endpoint) => {
    const mirrors = new Map([['a.example', [mirror]]]);
    expect((await pull({ mirrors }, 'a.example/x'))[0]).toBe(endpoint);
  });

  test('nothing is pushed to a mirror', async () => {
    const mirrors = new Map([['*', ['https://m.example']]]);
    const { places } = placesOf({ mirrors });
    const { base } = await places.origin({ domain: 'a.example', path: 'x' });
    expect(base).toBe('https://a.example');
  });
});

describe('rewrites', () => {
  const rewrites = new Map([
    ['docker.io', 'registry.corp'],
    ['docker.io/library', 'registry.corp/hub/library'],
    ['docker.io/library/secret', 'vault.corp:5000/s'],
    ['a.example/old', 'a.example/new'],
    ['registry.corp/hub', 'loop.example'],
  ]);

  test.each([
    ['docker.io/library/nginx', 'https://registry.corp hub/library/nginx foreign'],
    ['docker.io/library/secret', 'https://vault.corp:5000 s foreign'],
    ['docker.io/library/secret/x', 'https://vault.corp:5000 s/x foreign'],
    ['docker.io/library/secrets', 'https://registry.corp hub/library/secrets foreign'],
    ['docker.io/libraryx/nginx', 'https://registry.corp libraryx/nginx foreign'],
    ['registry-1.docker.io/me/x', 'https://registry.corp me/x foreign'],
    ['a.example/old/x', 'https://a.example new/x'],
    ['a.example/older', 'https://a.example older'],
    ['b.example/library/nginx', 'https://b.example library/nginx'],
  ])('%s is at %s', async (name, endpoint) => {
    expect(await pull({ rewrites }, name)).toEqual([endpoint]);
  });

  test('mirrors are those of where the name is', async () => {
    const mirrors = new Map([
      ['registry.corp', ['https://m.corp']],
      ['docker.io', ['https://m.example']],
    ]);
    expect((await pull({ rewrites, mirrors }, 'docker.io/me/x'))[0]).toBe(
      'https://m.corp me/x foreign',
    );
  });

  test.each(['https://a', 'a.example/UP', 'a.example/', '', '*.example', 'a b', 'a.example/../x'])(
    '%j is refused at the start',
    (bad) => {
      const broken = new Map([['docker.io', bad]]);
      expect(() => placesOf({ rewrites: broken })).toThrow(/invalid target of a rewrite/);
    },
  );
});

describe('blocked', () => {
  const blocked = ['bad.example', '*.evil.example', 'docker.io/hostile', 'target.example'];

  test.each([
    'bad.example/x',
    'BAD.example:443/x',
    'a.evil.example/x',
    'a.b.evil.example:5000/x',
    'docker.io/hostile',
    'docker.io/hostile/x',
    'registry-1.docker.io/hostile/x',
    'to.example/x',
  ])('%s is refused, with or without mirrors', async (name) => {
    const rewrites = new Map([['to.example', 'target.example']]);
    const mirrors = new Map([['*', ['https://m.example']]]);
    await expect(pull({ blocked, rewrites, mirrors }, name)).rejects.toMatchObject({
      code: 'failed-precondition',
      message: expect.stringContaining('blocked by the daemon'),
    });
  });

  test.each([
    'evil.example/x',
    'notevil.example/x',
    'bad.example:5000/x',
    'docker.io/hostiles/x',
    'bad.example.org/x',
  ])('%s is not', async (name) => {
    expect(await pull({ blocked }, name)).toHaveLength(1);
  });
});

describe('insecure networks', () => {
  const insecureNets = ['10.0.0.0/8', 'fd00::/8'];
  const base = async (config: RegistryConfig, addresses: string[], domain = 'reg.corp:5000') => {
    const { places, hosts } = placesOf({ insecureNets, ...config }, addresses);
    const endpoint = await places.origin({ domain, path: 'x' });
    return { base: endpoint.base, byNet: hosts.isPlainByNet('http://reg.corp:5000') };
  };

  test('a name is insecure when all of its addresses are in one', async () => {
    const plain = { base: 'http://reg.corp:5000', byNet: true };
    const secure = { base: 'https://reg.corp:5000', byNet: false };
    expect(await base({}, ['10.1.2.3', 'fd00::1'])).toEqual(plain);
    expect(await base({}, ['10.1.2.3', '11.1.2.3'])).toEqual(secure);
    expect(await base({}, [])).toEqual(secure);
  });

  test('not where something else is said of it, nor behind a proxy, nor for docker.io', async () => {
    const hosts = new Map([['reg.corp:5000', {}]]);
    const proxy = { http: 'http://proxy.corp' };
    expect((await base({ hosts }, ['10.1.2.3'])).base).toMatch(/^https:/);
    expect((await base({ proxy }, ['10.1.2.3'])).base).toMatch(/^https:/);
    expect((await base({}, ['10.1.2.3'], 'docker.io')).base).toMatch(/^https:/);
  });

  test('an address needs no look-up', async () => {
    expect((await base({}, [], '10.9.9.9:5000')).base).toBe('http://10.9.9.9:5000');
    expect((await base({}, [], '11.9.9.9:5000')).base).toBe('https://11.9.9.9:5000');
  });
});
