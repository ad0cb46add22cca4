import { describe, expect, test } from 'vitest';
import { Hosts } from './hosts.js';

const insecure = { insecure: true };

describe('endpoints', () => {
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
  ])('%s with %j named as insecure is %s', (domain, named, base) => {
    const hosts = new Hosts({ hosts: new Map(named === '' ? [] : [[named, insecure]]) });
    expect(hosts.endpoints(domain).map((e) => e.base)).toEqual([base]);
  });

  test('mirrors of the host come first, those of all hosts only without them', () => {
    const mirrors = new Map([
      ['docker.io', ['https://m.example/hub/']],
      ['*', ['http://all.example:5000']],
    ]);
    const hosts = new Hosts({ mirrors });
    const bases = (domain: string): string[] => hosts.endpoints(domain).map((e) => e.base);
    expect(bases('docker.io')).toEqual(['https://m.example/hub', 'https://registry-1.docker.io']);
    expect(bases('a.example')).toEqual(['http://all.example:5000', 'https://a.example']);
    expect(hosts.allowsPlain(new URL('http://all.example:5000'))).toBe(true);
    expect(hosts.allowsPlain(new URL('http://all.example'))).toBe(false);
  });

  test.each(['m.example', 'ftp://m.example', 'https://u:p@m.example', 'https://m.example/?q'])(
    'the mirror %s is refused at the start',
    (base) => {
      expect(() => new Hosts({ mirrors: new Map([['*', [base]]]) })).toThrow(
        /invalid registry mirror/,
      );
    },
  );
});

test('certs.d knows a host with and without the usual port, and docker.io by its name', () => {
  const hosts = new Hosts({});
  expect(hosts.certNames('a.example', 443)).toEqual(['a.example', 'a.example:443']);
  expect(hosts.certNames('a.example', 5000)).toEqual(['a.example:5000']);
  expect(hosts.certNames('registry-1.docker.io', 443)[0]).toBe('docker.io');
});
