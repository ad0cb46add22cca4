import { describe, expect, test } from 'vitest';
import { listPackages, readPackages } from './read.js';
import { places } from './places.js';

const options = { signal: new AbortController().signal };
const files = (all: Readonly<Record<string, string>>) =>
  Object.entries(all).map(([path, text]) => ({ path, content: Buffer.from(text) }));

const json = (name: string) => JSON.stringify({ name, version: '1.0.0' });

describe('a list of packages', () => {
  test('is ordered, has each once, and says where it was found', async () => {
    const all = files({
      'app/node_modules/b/node_modules/a/package.json': json('a'),
      'app/node_modules/b/package.json': json('b'),
      'opt/node_modules/a/package.json': json('a'),
      'usr/lib/os-release': 'ID=debian\nVERSION_ID=12',
      'usr/lib/python3/x-1.dist-info/METADATA': 'Name: x\nVersion: 1\n\n',
      'var/lib/dpkg/status': 'Package: libc6\nVersion: 2\nStatus: install ok installed\n',
      'var/lib/dpkg/status.d/broken': 'Package: ?',
    });
    const { packages, leftOut } = await listPackages({ files: all, leftOut: 2 }, options);
    expect(packages.map(({ url, foundIn }) => [url, ...foundIn])).toEqual([
      ['pkg:deb/debian/libc6@2?distro=debian-12', '/var/lib/dpkg/status'],
      [
        'pkg:npm/a@1.0.0',
        '/app/node_modules/b/node_modules/a/package.json',
        '/opt/node_modules/a/package.json',
      ],
      ['pkg:npm/b@1.0.0', '/app/node_modules/b/package.json'],
      ['pkg:pypi/x@1', '/usr/lib/python3/x-1.dist-info/METADATA'],
    ]);
    expect(leftOut).toBe(3);
  });

  test('leaves time for other work, and ends when it is told to', async () => {
    const status = 'Package: a\nVersion: 1\n\n'.repeat(100_000);
    const all = files({ 'var/lib/dpkg/status': status });
    const stop = new AbortController();
    setImmediate(() => setImmediate(() => stop.abort(new RangeError('enough'))));
    await expect(listPackages({ files: all, leftOut: 0 }, { signal: stop.signal })).rejects.toThrow(
      'enough',
    );
  });

  test('is asked for with the limits of one image', async () => {
    const asked: unknown[] = [];
    const search = (request: unknown) => {
      asked.push(request);
      return Promise.resolve({ files: [], leftOut: 0 });
    };
    expect(await readPackages({ search }, ['/l'], options)).toMatchObject({
      packages: [],
      leftOut: 0,
    });
    expect(asked).toMatchObject([{ lower: ['/l'], maxFiles: 100_000 }]);
    expect(structuredClone(asked)).toEqual(asked);
  });
});

test.each([
  ['var/lib/dpkg/status', true],
  ['var/lib/dpkg/status.d/base', true],
  ['var/lib/dpkg/status.d/base.md5sums', false],
  ['var/lib/dpkg/status-old', false],
  ['x/var/lib/dpkg/status', false],
  ['lib/apk/db/installed', true],
  ['etc/os-release', true],
  ['a/node_modules/b/package.json', true],
  ['a/node_modules/@s/b/package.json', true],
  ['node_modules/b/package.json', true],
  ['a/node_modules/b/lib/package.json', false],
  ['a/node_modules/.bin/package.json', false],
  ['a/package.json', false],
  ['p/x-1.dist-info/METADATA', true],
  ['p/x-1.dist-info/other/METADATA', false],
  ['p/x.egg-info/PKG-INFO', true],
  ['p/x-1.egg-info', true],
])('%s is read: %s', (path, wanted) => {
  expect(places.some(({ pattern }) => pattern.test(path))).toBe(wanted);
});
