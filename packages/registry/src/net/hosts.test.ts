import { expect, test } from 'vitest';
import { Hosts } from './hosts.js';

test('certs.d knows a host with and without the usual port, and docker.io by its name', () => {
  const hosts = new Hosts({});
  expect(hosts.certNames('a.example', 443)).toEqual(['a.example', 'a.example:443']);
  expect(hosts.certNames('a.example', 5000)).toEqual(['a.example:5000']);
  expect(hosts.certNames('registry-1.docker.io', 443)[0]).toBe('docker.io');
});

test('a mirror that is written with http is allowed plain http, at that port alone', () => {
  const hosts = new Hosts({ mirrors: new Map([['*', ['http://all.example:5000']]]) });
  expect(hosts.allowsPlain(new URL('http://all.example:5000'))).toBe(true);
  expect(hosts.allowsPlain(new URL('http://all.example'))).toBe(false);
});

test.each<[string, boolean]>([
  ['10.1.2.3:5000', true],
  ['10.1.2.3', true],
  ['[fd00::7]:5000', true],
  ['11.1.2.3:5000', false],
  ['10.1.2.3.example', false],
])('%s is insecure by its network: %j', (host, insecure) => {
  const hosts = new Hosts({ insecureNets: ['10.0.0.0/8', 'fd00::/8'] });
  expect(hosts.settings(host)?.insecure ?? false).toBe(insecure);
});

test('what is said of a host by name wins over its network', () => {
  const hosts = new Hosts({
    hosts: new Map([['10.1.2.3:5000', { insecure: false }]]),
    insecureNets: ['10.0.0.0/8'],
  });
  expect(hosts.allowsPlain(new URL('http://10.1.2.3:5000'))).toBe(false);
  expect(hosts.allowsPlain(new URL('http://10.1.2.3:5001'))).toBe(true);
});

test.each(['m.example', 'ftp://m.example', 'https://u:p@m.example', 'https://m.example/?q'])(
  'the mirror %s is refused at the start',
  (base) => {
    expect(() => new Hosts({ mirrors: new Map([['*', [base]]]) })).toThrow(
      /invalid registry mirror/,
    );
  },
);

test.each(['10.0.0.0', '10.0.0.0/33', 'fd00::/129', '10.0.0.0/8x', 'a.example/8', '/8'])(
  'the network %s is refused at the start',
  (net) => {
    expect(() => new Hosts({ insecureNets: [net] })).toThrow(/invalid network/);
  },
);
