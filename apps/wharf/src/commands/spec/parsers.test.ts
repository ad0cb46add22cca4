import { homedir } from 'node:os';
import { isWharfError } from '@wharf/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCpus } from './cpus.js';
import { parseCsvLine } from './csv.js';
import { parseDevice } from './device.js';
import { parseMount } from './mount.js';
import { parseRestart } from './restart.js';
import { parseTmpfs } from './tmpfs.js';
import { parseUlimit } from './ulimit.js';
import { parseVolume } from './volume.js';

describe('-v', () => {
  test.each([
    ['/a:/b', { kind: 'bind', source: '/a', target: '/b', readOnly: false, createSource: true }],
    ['/a:/b:ro', { readOnly: true }],
    ['/a:/b:rw,z', { readOnly: false }],
    ['/a:/b:U,ro', { readOnly: true, owner: { chown: true } }],
    ['/a:/b/../c/', { target: '/c' }],
    ['.:/app:exclude=node_modules,exclude=./a//b/', { exclude: ['node_modules', 'a/b'] }],
    ['data:/b:nocopy', { volume: { noCopy: true, driver: '', driverOptions: {}, labels: {} } }],
    ['/a:/b:ro,rslave', { readOnly: true, propagation: 'rslave' }],
    ['./x:/b', { kind: 'bind', source: `${process.cwd()}/x` }],
    ['.:/b', { kind: 'bind', source: process.cwd() }],
    ['~/x:/b', { kind: 'bind', source: `${homedir()}/x` }],
    ['data:/b', { kind: 'volume', source: 'data', target: '/b', createSource: false }],
    ['/b', { kind: 'volume', source: '', target: '/b' }],
  ])('%s', (text, mount) => {
    expect(parseVolume(text)).toMatchObject(mount);
  });

  test.each([
    ['a:b:c:d', 'invalid volume specification'],
    ['', 'invalid empty volume spec'],
    ['/a:', 'empty section between colons'],
    [':/b', 'empty section between colons'],
    ['/a:/b:', 'empty section between colons'],
    ['a', "invalid mount path: 'a' mount path must be absolute"],
    ['/a:/b/..', "destination can't be '/'"],
    ['/a:/b:ro,rw', 'invalid mode: ro,rw'],
    ['/a:/b:z,Z', 'invalid mode: z,Z'],
    ['/a:/b:nocopy', 'nocopy is for volumes'],
    ['/a:/b:exclude=../x', 'invalid path "../x"'],
    ['/a:/b:exclude=/x', 'invalid path "/x"'],
    ['/a:/b:exclude=', 'invalid path ""'],
    ['/a:/b:exclude=.', 'invalid path "."'],
    ['/a:b', 'mount path must be absolute'],
    ['/a:/', "destination can't be '/'"],
    ['/a:/b:rx', 'invalid mode: rx'],
    ['data:/b:rslave', 'rslave is for binds'],
  ])('%s is refused', (text, why) => {
    expect(() => parseVolume(text)).toThrow(why);
  });
});

describe('--mount', () => {
  test.each([
    ['type=bind,source=/a,target=/b', { kind: 'bind', source: '/a', createSource: false }],
    ['type=bind,src=/a,dst=/b,readonly', { readOnly: true }],
    ['type=bind,src=/a,destination=/b,ro=false', { readOnly: false }],
    ['dst=/b,TYPE=bind,src=/a,bind-propagation=shared', { propagation: 'shared' }],
    ['type=bind,src=/a,dst=/b,bind-recursive=disabled', { nonRecursive: true }],
    ['type=bind,"src=/a,b",dst=/b', { source: '/a,b' }],
    [
      'type=tmpfs,dst=/b,tmpfs-size=64m,tmpfs-mode=1770',
      { kind: 'tmpfs', source: '', tmpfsSize: 64n << 20n, tmpfsMode: 0o1770 },
    ],
    ['target=/b', { kind: 'volume', source: '' }],
    [
      'src=data,dst=/b,volume-nocopy,volume-label=a=b,volume-label=c,volume-driver=d,volume-opt=o=size=1g,volume-subpath=x/y',
      {
        kind: 'volume',
        subpath: 'x/y',
        volume: {
          noCopy: true,
          driver: 'd',
          driverOptions: { o: 'size=1g' },
          labels: { a: 'b', c: '' },
        },
      },
    ],
    ['type=image,src=busybox,dst=/b,image-subpath=etc', { kind: 'image', subpath: 'etc' }],
    ['type=bind,src=/a,dst=/b,ro,bind-recursive=writable', { recursiveReadOnly: 'writable' }],
    [
      'type=bind,src=/a,dst=/b,ro,bind-recursive=readonly,bind-propagation=rprivate',
      { recursiveReadOnly: 'force' },
    ],
    ['type=bind,src=/a,dst=/b,bind-create-src', { createSource: true }],
    ['type=bind,src=/a,dst=/b,exclude=x,exclude=y/z', { exclude: ['x', 'y/z'] }],
    [
      'type=volume,dst=/b,uid=5,gid=6,mode=750',
      { owner: { chown: false, uid: 5, gid: 6, mode: 0o750 } },
    ],
    ['type=bind,src=/a,dst=/b,chown', { owner: { chown: true } }],
    [
      'type=bind,src=/a,dst=/b,idmap=uids=1000-0-1;gids=1000-0-1#5-5-2',
      { owner: { chown: false, idmap: 'uids=1000-0-1;gids=1000-0-1#5-5-2' } },
    ],
  ])('%s', (text, mount) => {
    expect(parseMount(text)).toMatchObject(mount);
  });

  test.each([
    ['type=bind', 'target is required'],
    ['type=bind,target=/b', 'invalid mount config for type "bind": field Source must not be empty'],
    [
      'type=image,target=/b',
      'invalid mount config for type "image": field Source must not be empty',
    ],
    ['type=bind,source=a,target=/b', "invalid mount path: 'a' mount path must be absolute"],
    ['dst=b', "invalid mount path: 'b' mount path must be absolute"],
    ['dst=/', "destination can't be '/'"],
    ['dst=/b,volume-nocopy=x', 'invalid value for volume-nocopy: x'],
    [
      'type=bind,src=/a,dst=/b,bind-recursive=foo',
      '(must be "enabled", "disabled", "writable", or "readonly")',
    ],
    [
      'type=bind,src=/a,dst=/b,bind-recursive=writable',
      "'bind-recursive=writable' requires 'readonly'",
    ],
    ['type=bind,src=/a,dst=/b,ro,bind-recursive=readonly', "requires 'bind-propagation=rprivate'"],
    [
      'type=volume,dst=/b,bind-propagation=shared',
      "cannot mix 'bind-*' options with mount type 'volume'",
    ],
    ['type=image,src=a,dst=/b,uid=1', "cannot mix 'uid' with mount type 'image'"],
    ['dst=/b,volume-subpath=../x', 'invalid path'],
    ['dst=/b,idmap=x', 'invalid value for idmap: x'],
    ['dst=/b,uid=-1', 'invalid value for uid: -1'],
    ['=a', "unexpected key '' in '=a'"],
    ['bogus', "invalid field 'bogus' must be a key=value pair"],
    ['type=foo,dst=/x', 'mount type unknown'],
    ['type=bind,src=/a,dst=/b,x=y', "unexpected key 'x'"],
    ['type=tmpfs,src=/a,dst=/b', 'field Source must not be specified'],
    ['type=bind,src=/a,dst=/b,tmpfs-size=1', "cannot mix 'tmpfs-*' options with mount type 'bind'"],
    ['type=tmpfs,dst=/b,tmpfs-mode=9', 'invalid value for tmpfs-mode: 9'],
    ['type=bind,src=/a,dst=/b,readonly=maybe', 'invalid value for readonly'],
    ['type=bind,src=/a,dst=/b,"x', 'missing "'],
  ])('%s is refused', (text, why) => {
    expect(() => parseMount(text)).toThrow(why);
  });
});

describe('--tmpfs', () => {
  test.each([
    ['/run', { kind: 'tmpfs', target: '/run', tmpfsSize: 0n, tmpfsMode: 0, tmpfsOptions: [] }],
    ['/run:size=64m,mode=1770,noexec', { tmpfsSize: 64n << 20n, tmpfsMode: 0o1770 }],
    ['/run:ro,uid=1000', { readOnly: true, tmpfsOptions: ['uid=1000'] }],
    ['/run:size=10%', { tmpfsSize: 0n, tmpfsOptions: ['size=10%'] }],
  ])('%s', (text, mount) => {
    expect(parseTmpfs(text)).toMatchObject(mount);
  });

  test.each(['', 'run', ':size=1', '/run:size=x'])('%j is refused', (text) => {
    expect(() => parseTmpfs(text)).toThrow();
  });
});

describe('--ulimit', () => {
  test.each([
    ['nofile=1024:2048', { name: 'nofile', soft: 1024n, hard: 2048n }],
    ['core=-1', { name: 'core', soft: -1n, hard: -1n }],
    ['nproc=5:-1', { name: 'nproc', soft: 5n, hard: -1n }],
  ])('%s', (text, ulimit) => {
    expect(parseUlimit(text)).toEqual(ulimit);
  });

  test.each([
    ['foo', 'invalid ulimit argument: foo'],
    ['foo=1', 'invalid ulimit type: foo'],
    ['nofile=2:1', 'must be less than or equal to hard limit'],
    ['nofile=-1:5', 'must be less than or equal to hard limit'],
    ['nofile=1:2:3', 'too many limit value arguments'],
    ['nofile=x', 'invalid ulimit value'],
    ['nofile=', 'invalid ulimit value'],
    ['nofile=9223372036854775808', 'invalid ulimit value'],
  ])('%s is refused', (text, why) => {
    expect(() => parseUlimit(text)).toThrow(why);
  });
});

describe('--device', () => {
  test.each([
    ['/dev/a', ['/dev/a', '/dev/a', 'rwm']],
    ['/dev/a:/dev/b', ['/dev/a', '/dev/b', 'rwm']],
    ['/dev/a:rm', ['/dev/a', '/dev/a', 'rm']],
    ['/dev/a:/dev/b:r', ['/dev/a', '/dev/b', 'r']],
  ])('%s', (text, [hostPath, containerPath, permissions]) => {
    expect(parseDevice(text)).toEqual({ hostPath, containerPath, permissions });
  });

  test.each(['', 'a', '/dev/a:', '/dev/a:/b:x', '/dev/a:/b:rr', '/a:/b:r:m', '/dev/a:b'])(
    '%j is refused',
    (text) => {
      expect(() => parseDevice(text)).toThrow();
    },
  );
});

describe('--restart', () => {
  test.each([
    ['no', 'no', 0],
    ['', 'no', 0],
    ['always', 'always', 0],
    ['unless-stopped', 'unless-stopped', 0],
    ['on-failure', 'on-failure', 0],
    ['on-failure:5', 'on-failure', 5],
  ])('%s', (text, kind, maximumRetryCount) => {
    expect(parseRestart(text)).toEqual({ kind, maximumRetryCount });
  });

  test.each([
    ['foo', "unknown policy 'foo'"],
    ['on-failure:x', 'maximum retry count must be an integer'],
    ['on-failure:-1', 'cannot be negative'],
    ['always:3', "can only be used with 'on-failure'"],
    [':3', 'no policy provided before colon'],
    ['a:b:c', 'invalid restart policy format'],
  ])('%s is refused', (text, why) => {
    expect(() => parseRestart(text)).toThrow(why);
  });
});

describe('--cpus', () => {
  test.each([
    ['1.5', 1_500_000_000n],
    ['.5', 500_000_000n],
    ['2', 2_000_000_000n],
    ['0.000000001', 1n],
  ])('%s', (text, nanos) => {
    expect(parseCpus(text)).toBe(nanos);
  });

  test.each(['', '.', 'x', '-1', '1e3', '0.0000000001', '1000001'])('%j is refused', (text) => {
    expect(() => parseCpus(text)).toThrow();
  });
});

const parsers = {
  parseCpus,
  parseCsvLine,
  parseDevice,
  parseMount,
  parseRestart,
  parseTmpfs,
  parseUlimit,
  parseVolume,
};

describe.each(Object.entries(parsers))('%s', (_name, parse: (text: string) => unknown) => {
  const words = [
    'type=',
    'bind',
    'tmpfs',
    'src=/a',
    'dst=/b',
    ',',
    ':',
    '=',
    '"',
    '/',
    'ro',
    '-1',
    '9',
  ];
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom(...words)).map((parts) => parts.join('')),
  );

  test('refuses text with an error of ours or takes it', () => {
    fc.assert(
      fc.property(text, (input) => {
        try {
          parse(input);
        } catch (thrown) {
          expect(isWharfError(thrown) && thrown.code).toBe('invalid-argument');
        }
      }),
    );
  });
});

test('fields of comma separated values come back as they were', () => {
  const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '=', ' ') });
  fc.assert(
    fc.property(fc.array(field, { minLength: 1 }), (fields) => {
      const line = fields.map((text) => `"${text.replaceAll('"', '""')}"`).join(',');
      expect(parseCsvLine(line)).toEqual(fields);
    }),
  );
});
