import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readApk } from './apk.js';
import { readDistribution } from './distribution.js';
import { readDpkg } from './dpkg.js';
import { readNpm } from './npm.js';
import type { Finding, PackageReader } from './package.js';
import { packageUrl } from './purl.js';
import { readPython } from './python.js';

const all = (read: PackageReader, text: string): readonly Finding[] =>
  [...read(text)].filter((one) => one !== 'reading');

const deb = (name: string, version: string, architecture = '') => ({
  ...{ type: 'deb', name, version, architecture, license: '' },
});

describe('the status of dpkg', () => {
  test('lists what is installed, with its own order and spelling', () => {
    const status = [
      ...['Package: libc6', 'Status: install ok installed', 'Architecture: amd64'],
      ...['Description: a library', ' Version: 0', ' .', 'Version: 2.36-9+deb12u10', ''],
      ...['Package: gone', 'Status: deinstall ok config-files', 'Version: 1', ''],
      ...['Package: half', 'Status: install reinstreq half-installed', 'Version: 1', ''],
      ...['', 'package: held', 'STATUS: hold ok installed', 'Version: 1:2.0~rc1', ''],
    ];
    const wanted = [deb('libc6', '2.36-9+deb12u10', 'amd64'), deb('held', '1:2.0~rc1')];
    expect(all(readDpkg, status.join('\n'))).toEqual(wanted);
    expect(all(readDpkg, status.join('\r\n'))).toEqual(wanted);
  });

  test('of distroless images is one file a package, without a status', () => {
    expect(all(readDpkg, 'Package: tzdata\nVersion: 2024a-0+deb12u1\nArchitecture: all')).toEqual([
      deb('tzdata', '2024a-0+deb12u1', 'all'),
    ]);
  });

  test.each([
    ['no version', 'Package: a\n'],
    ['a name that is none', 'Package: a b\nVersion: 1\n'],
    ['a version that is none', 'Package: a\nVersion: 1\u0007\n'],
    ['an endless name', `Package: ${'a'.repeat(300)}\nVersion: 1\n`],
  ])('with %s has an entry that nobody can read', (_what, text) => {
    expect(all(readDpkg, text)).toEqual(['unreadable']);
  });

  test('gives way to other work, whatever its lines are', () => {
    expect([...readDpkg('a: b\n'.repeat(10_000))].length).toBeGreaterThan(3);
    expect([...readApk('x\n'.repeat(10_000))].length).toBeGreaterThan(3);
  });
});

test('the database of apk lists packages, letters in their case', () => {
  const text =
    'C:Q1\nP:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\nF:lib\nR:ld\np:so\n\nP:zlib\nV:1.3.1-r1\n\n\nP:bad name\nV:1\n';
  expect(all(readApk, text)).toEqual([
    { type: 'apk', name: 'musl', version: '1.2.5-r0', architecture: 'x86_64', license: 'MIT' },
    { type: 'apk', name: 'zlib', version: '1.3.1-r1', architecture: '', license: '' },
    'unreadable',
  ]);
});

test.each<[string, string, readonly unknown[]]>([
  ['a package', '{"name":"a","version":"1.0.0","license":"MIT"}', ['a 1.0.0 MIT']],
  [
    'one with a scope',
    '\u00ef\u00bb\u00bf{"name":"@a/b","version":"1.0.0-rc.1+x"}',
    ['@a/b 1.0.0-rc.1+x '],
  ],
  ['an old license', '{"name":"a","version":"1.0.0","license":{"type":"BSD"}}', ['a 1.0.0 BSD']],
  ['a mark', '{"type":"module"}', []],
  ['no version', '{"name":"a"}', ['unreadable']],
  ['an object as name', '{"name":{},"version":"1"}', ['unreadable']],
  ['a way out as name', '{"name":"../../a","version":"1"}', ['unreadable']],
  ['a prototype', '{"__proto__":{"name":"a","version":"1"}}', []],
  ['a list', '[]', ['unreadable']],
  ['no JSON', '{', ['unreadable']],
  ['depth', '['.repeat(100_000), ['unreadable']],
])('package.json with %s', (_what, text, wanted) => {
  const found = all(readNpm, text).map((one) =>
    typeof one === 'string' ? one : `${one.name} ${one.version} ${one.license}`,
  );
  expect(found).toEqual(wanted);
});

test('metadata of Python are the fields before the description', () => {
  const text =
    'Metadata-Version: 2.1\nName: Zope.Interface_x\nVersion: 5.0+local\nLicense: MIT\n\n';
  expect(all(readPython, `${text}Name: another\n`)).toEqual([
    {
      ...{ type: 'pypi', name: 'zope-interface-x', version: '5.0+local' },
      ...{ architecture: '', license: 'MIT' },
    },
  ]);
  expect(all(readPython, '')).toEqual(['unreadable']);
});

test('os-release says which system it is', () => {
  expect(readDistribution('NAME="Debian"\nID=debian\nVERSION_ID="12"\n')).toEqual({
    id: 'debian',
    version: '12',
  });
  expect(readDistribution("ID='a b'\nVERSION_ID=../..\nID_LIKE")).toEqual({ id: '', version: '' });
});

test.each([
  [
    deb('g++', '4:12.2.0-3', 'amd64'),
    'pkg:deb/debian/g%2B%2B@4:12.2.0-3?arch=amd64&distro=debian-12',
  ],
  [{ ...deb('@a/b', '1.0.0'), type: 'npm' } as const, 'pkg:npm/%40a/b@1.0.0'],
  [{ ...deb('a-b', '1!2+l'), type: 'pypi' } as const, 'pkg:pypi/a-b@1%212%2Bl'],
] as const)('%o has a URL', (one, url) => {
  expect(packageUrl({ ...one } as never, { id: 'debian', version: '12' })).toBe(url);
});

test('any text gives packages of harmless characters, or none', () => {
  const word = fc.constantFrom(
    ...['Package: ', 'Version: ', 'Status: ', 'P:', 'V:', 'Name: ', 'install ok installed', '\n'],
    ...['\r\n', '{"name":', '"version":', '"a"', '"1"', '}', ',', '\0', '\u202e', 'a', '1', ' '],
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(word).map((all) => all.join('')),
  );
  fc.assert(
    fc.property(text, (given) => {
      for (const read of [readDpkg, readApk, readNpm, readPython])
        for (const one of read(given)) {
          if (typeof one === 'string') continue;
          const { name, version, architecture } = one;
          expect(name).toMatch(/^[\w@.+~/-]{1,255}$/);
          expect(version).toMatch(/^[\w.+:~!-]{1,255}$/);
          expect(architecture).toMatch(/^[a-z0-9_-]*$/);
          const url = packageUrl(one, readDistribution(given));
          expect(url).toMatch(/^pkg:[a-z]+\/[\w.~%/-]+@[\w.~%:-]+(?:\?[\w=&.~%-]+)?$/);
        }
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['lines', (n: number) => 'Package: a\nVersion: 1\n\n'.repeat(n)],
  ['one line', (n: number) => 'Package:'.repeat(3 * n)],
  ['spaces', (n: number) => `Version: ${' '.repeat(25 * n)}x`],
  ['colons', (n: number) => ':'.repeat(25 * n)],
])('a megabyte of %s is read in linear time', (_what, make) => {
  const text = make(40_000);
  const start = performance.now();
  for (const read of [readDpkg, readApk, readNpm, readPython]) for (const _ of read(text));
  expect(performance.now() - start).toBeLessThan(2000);
});
