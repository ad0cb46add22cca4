import { describe, expect, test } from 'vitest';
import { Proxies, proxyFromEnv } from './proxy.js';

const config = { http: 'http://p:1', https: 'p:2' };
const through = (noProxy: string, host: string, port = 443): string | undefined =>
  new Proxies({ ...config, noProxy }).find(host, port, true)?.host;

describe('NO_PROXY', () => {
  test.each<[string, string, boolean]>([
    ['', 'a.example', true],
    ['*', 'a.example', false],
    ['a.example', 'a.example', false],
    ['a.example', 'b.a.example', false],
    ['a.example', 'ba.example', true],
    ['.a.example', 'a.example', true],
    ['.a.example', 'b.a.example', false],
    ['*.a.example', 'b.a.example', false],
    ['A.EXAMPLE , b', 'a.example', false],
    ['a.example:443', 'a.example', false],
    ['a.example:80', 'a.example', true],
    ['10.0.0.0/8', '10.1.2.3', false],
    ['10.0.0.0/8', '11.1.2.3', true],
    ['10.0.0.0/99', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.3', false],
    ['fd00::/8', 'fd00::1', false],
    ['', 'localhost', false],
    ['', '127.0.0.1', false],
    ['', '::1', false],
  ])('%j: %s goes through the proxy: %j', (noProxy, host, expected) => {
    expect(through(noProxy, host)).toBe(expected ? 'p:2' : undefined);
  });

  test('each scheme has its own proxy', () => {
    expect(new Proxies(config).find('a.example', 80, false)?.host).toBe('p:1');
    expect(new Proxies({ http: 'http://p:1' }).find('a.example', 443, true)).toBeUndefined();
  });

  test('the environment is read in either case, lower case first', () => {
    const env = {
      HTTP_PROXY: 'http://a',
      http_proxy: 'http://b',
      HTTPS_PROXY: 'http://c',
      NO_PROXY: '',
    };
    expect(proxyFromEnv(env)).toEqual({ http: 'http://b', https: 'http://c' });
  });

  test('a proxy of another scheme is refused without showing its password', () => {
    expect(() => new Proxies({ https: 'socks5://u:secret@p' })).toThrow(/^invalid proxy/);
    expect(() => new Proxies({ https: 'socks5://u:secret@p' })).not.toThrow(/secret/);
  });
});
