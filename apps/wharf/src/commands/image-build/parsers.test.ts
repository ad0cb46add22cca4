import { isWharfError } from '@wharf/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAnnotation } from './annotation-flag.js';
import { attestationsOf, parseAttest, parseProvenance, parseSbom } from './attest-flags.js';
import { buildArgs, proxiesOf } from './build-args.js';
import { parseCacheFrom, parseCacheTo } from './cache-flag.js';
import { parseCall } from './call-flag.js';
import { parseNamedContext, remotePlace } from './context-place.js';
import { parseEntitlement } from './entitlements.js';
import { parseEpoch } from './epoch.js';
import { imageNames } from './image-names.js';
import { parseOutput } from './output-flag.js';
import { outputsOf } from './outputs.js';
import { chooseProgress } from './progress-mode.js';
import { registriesIn } from './registries.js';
import { parseSecret } from './secret-flag.js';
import { parseSsh } from './ssh-flag.js';

const stored = {
  kind: 'image',
  names: ['app:1'],
  push: false,
  store: true,
  compression: 'gzip',
  forceCompression: false,
};

describe('--output', () => {
  test.each([
    ['out', { output: { kind: 'files' }, place: { kind: 'directory', path: 'out' } }],
    ['-', { output: { kind: 'files' }, place: { kind: 'stdout' } }],
    [
      'type=local,dest=a b',
      { output: { kind: 'files' }, place: { kind: 'directory', path: 'a b' } },
    ],
    ['type=tar,dest=x.tar', { output: { kind: 'files' }, place: { kind: 'file', path: 'x.tar' } }],
    ['type=tar', { output: { kind: 'files' }, place: { kind: 'stdout' } }],
    [
      'type=oci,dest=x.tar,compression=zstd',
      {
        output: { kind: 'oci', names: ['app:1'], compression: 'zstd' },
        place: { kind: 'file', path: 'x.tar' },
      },
    ],
    [
      'type=oci,tar=false,dest=dir',
      {
        output: { kind: 'oci', names: ['app:1'], compression: 'gzip' },
        place: { kind: 'directory', path: 'dir' },
      },
    ],
    ['type=docker', { output: stored }],
    [
      'type=docker,dest=-',
      {
        output: { kind: 'docker', names: ['app:1'], compression: 'gzip' },
        place: { kind: 'stdout' },
      },
    ],
    ['type=image', { output: stored }],
    [
      'type=image,"name=a,b:2",push=true',
      { output: { ...stored, names: ['a:latest', 'b:2'], push: true } },
    ],
    [
      'type=registry,store=false,compression=uncompressed,force-compression=true',
      {
        output: {
          ...stored,
          push: true,
          store: false,
          compression: 'none',
          forceCompression: true,
        },
      },
    ],
  ])('%s', (text, placed) => {
    expect(parseOutput(text, ['app:1'])).toEqual(placed);
  });

  test.each([
    ['type=local', /dest is missing/],
    ['type=local,dest=-', /type=tar/],
    ['type=what', /type must be one of local, tar, oci, docker, image, registry$/],
    ['dest=x', /type is missing/],
    ['', /type is missing/],
    ['type=image,dest=x', /an image has no dest/],
    ['type=image,colour=red', /there is no field "colour"/],
    ['type=image,push=perhaps', /push must be true or false/],
    ['type=oci,dest=x,compression=lz', /compression must be one of/],
    ['type=oci,tar=false', /tar=false needs dest/],
    ['type=tar,type=oci', /given twice/],
  ])('%s is refused', (text, why) => {
    expect(() => parseOutput(text, ['app:1'])).toThrow(why);
  });

  test('what is pushed has a name', () => {
    expect(() => parseOutput('type=registry', [])).toThrow(/add -t NAME/);
    expect(() => outputsOf({ output: [], push: true, load: false }, [])).toThrow(/add -t NAME/);
  });

  test('--push and --load', () => {
    const none = { output: [], push: false, load: false };
    expect(outputsOf(none, ['app:1'])).toEqual([{ output: stored }]);
    expect(outputsOf({ ...none, load: true }, ['app:1'])).toEqual([{ output: stored }]);
    const both = { output: [], push: true, load: true };
    expect(outputsOf(both, ['app:1'])).toEqual([{ output: { ...stored, push: true } }]);
    const files = { output: { kind: 'files' }, place: { kind: 'directory', path: 'out' } };
    expect(outputsOf({ ...none, output: ['out'] }, ['app:1'])).toEqual([files]);
    expect(outputsOf({ ...none, output: ['out'], load: true }, ['app:1'])).toEqual([
      files,
      { output: stored },
    ]);
  });

  test('standard output takes one', () => {
    const flags = { output: ['-', 'type=oci,dest=-'], push: false, load: false };
    expect(() => outputsOf(flags, [])).toThrow(/only one/);
  });
});

test('names of images', () => {
  expect(imageNames(['app', 'docker.io/library/app:latest', 'host:5000/a:1'])).toEqual([
    'app:latest',
    'host:5000/a:1',
  ]);
  expect(() => imageNames([`app@sha256:${'a'.repeat(64)}`])).toThrow(/leave it out/);
  expect(() => imageNames(['App'])).toThrow(/lower/);
});

describe('caches', () => {
  test.each([
    ['user/app:c', { kind: 'registry', reference: 'user/app:c', mode: 'min', ignoreError: false }],
    [
      'type=registry,ref=a/b,mode=max,ignore-error=true',
      { kind: 'registry', reference: 'a/b', mode: 'max', ignoreError: true },
    ],
    ['type=inline', { kind: 'inline' }],
    ['inline', { kind: 'inline' }],
    ['type=local,src=d', { kind: 'local', path: 'd', mode: 'min', ignoreError: false }],
    ['type=local,dest=d,mode=max', { kind: 'local', path: 'd', mode: 'max', ignoreError: false }],
  ])('%s', (text, cache) => {
    expect(parseCacheFrom(text)).toEqual(cache);
    expect(parseCacheTo(text)).toEqual(cache);
  });

  test.each(['type=s3', 'type=registry', 'type=local', 'a,b', 'type=local,src=d,mode=most'])(
    '%s is refused',
    (text) => {
      expect(() => parseCacheFrom(text)).toThrow(/invalid value/);
    },
  );
});

describe('secrets and agents', () => {
  test.each([
    ['id=a,src=f', { id: 'a', file: 'f' }],
    ['type=file,id=a,source=f', { id: 'a', file: 'f' }],
    ['id=a,env=E', { id: 'a', variable: 'E' }],
    ['id=a,type=env', { id: 'a', variable: 'a' }],
    ['type=env,id=a,src=E', { id: 'a', variable: 'E' }],
    ['id=a', { id: 'a', variable: 'a', file: 'a' }],
  ])('%s', (text, place) => {
    expect(parseSecret(text)).toEqual(place);
  });

  test.each(['src=f', 'a', 'id=a,src=f,env=E', 'id=a,mode=1', 'type=file,id=a,env=E'])(
    '%s is refused',
    (text) => {
      expect(() => parseSecret(text)).toThrow(/invalid value/);
    },
  );

  test('--ssh', () => {
    expect(parseSsh('default')).toEqual({ id: 'default', paths: [] });
    expect(parseSsh('git=/run/a.sock')).toEqual({ id: 'git', paths: ['/run/a.sock'] });
    expect(parseSsh('a=x,y')).toEqual({ id: 'a', paths: ['x', 'y'] });
    for (const text of ['', '=x', 'a=', 'a=x,', 'a b'])
      expect(() => parseSsh(text)).toThrow(/--ssh/);
  });
});

describe('contexts', () => {
  test.each([
    ['https://example.org/a.git', 'git'],
    ['https://example.org/a.git#main:dir', 'git'],
    ['https://example.org/a.git?ref=v1', 'git'],
    ['git://example.org/a', 'git'],
    ['ssh://git@example.org/a', 'git'],
    ['git@example.org:a/b', 'git'],
    ['github.com/a/b', 'git'],
    ['https://example.org/a.tar.gz', 'http'],
    ['http://example.org/Dockerfile#x', 'http'],
    ['./dir', undefined],
    ['dir', undefined],
    ['C:dir', undefined],
  ])('%s', (text, kind) => {
    expect(remotePlace(text)?.kind).toBe(kind);
  });

  test('names', () => {
    expect(parseNamedContext('a=docker-image://b=c')).toEqual(['a', 'docker-image://b=c']);
    for (const text of ['a', '=b', 'a=']) expect(() => parseNamedContext(text)).toThrow(/NAME=/);
  });
});

test('--call', () => {
  expect(parseCall('build')).toBeUndefined();
  expect(parseCall('check')).toEqual({ question: 'check', json: false });
  expect(parseCall('lint')).toEqual({ question: 'check', json: false });
  expect(parseCall('targets,format=json')).toEqual({ question: 'targets', json: true });
  for (const text of ['', 'what', 'check,json', 'check,format=xml']) {
    expect(() => parseCall(text)).toThrow(/invalid value/);
  }
});

test('attestations', () => {
  const none = { provenance: undefined, sbom: undefined, attest: [] };
  expect(attestationsOf(none)).toEqual({ provenance: 'none', sbom: false });
  const attest = ['type=provenance,mode=max', 'type=sbom'];
  expect(attestationsOf({ ...none, attest })).toEqual({ provenance: 'max', sbom: true });
  expect(attestationsOf({ attest, provenance: 'false', sbom: 'false' })).toEqual({
    provenance: 'none',
    sbom: false,
  });
  expect(parseAttest('type=provenance,disabled=true')).toEqual({ provenance: 'none' });
  expect(parseProvenance('mode=max')).toBe('max');
  expect(parseProvenance('true')).toBe('min');
  expect(parseProvenance('mode=max,version=v1')).toBe('max');
  expect(() => parseProvenance('mode=max,version=v0.2')).toThrow(/version must be one of v1/);
  expect(() => parseProvenance('most')).toThrow(/mode=max/);
  expect(() => parseSbom('generator=x')).toThrow(/by the daemon/);
});

test('annotations', () => {
  expect(parseAnnotation('a.b=c=d')).toEqual(['a.b', 'c=d']);
  expect(parseAnnotation('index:a=b')).toEqual(['index:a', 'b']);
  for (const text of [
    'a',
    '=b',
    'index:=b',
    'manifest-descriptor:a=b',
    'manifest[linux/amd64]:a=b',
  ]) {
    expect(() => parseAnnotation(text)).toThrow(/invalid annotation/);
  }
});

test('build arguments', () => {
  const proxies = new Map([
    ['HTTP_PROXY', 'http://proxy:1'],
    ['http_proxy', 'http://proxy:1'],
  ]);
  const given = ['A=1', 'B', 'C', 'HTTP_PROXY=', 'A=2=3'];
  expect([...buildArgs(given, { B: 'b' }, proxies)]).toEqual([
    ['HTTP_PROXY', ''],
    ['http_proxy', 'http://proxy:1'],
    ['A', '2=3'],
    ['B', 'b'],
  ]);
  expect(() => buildArgs(['=1'], {}, proxies)).toThrow(/invalid build argument/);
});

test('proxies of config.json', () => {
  const text = '{"proxies":{"default":{"httpProxy":"http://p:1","noProxy":"","ftpProxy":3}}}';
  expect([...proxiesOf(text)]).toEqual([
    ['HTTP_PROXY', 'http://p:1'],
    ['http_proxy', 'http://p:1'],
  ]);
  expect(proxiesOf('{"proxies":[]}').size).toBe(0);
  expect(proxiesOf(undefined).size).toBe(0);
});

test('times', () => {
  expect(parseEpoch('0')).toBe(0n);
  expect(parseEpoch('1700000000')).toBe(1_700_000_000n);
  for (const text of ['', '-1', '1.5', '1e3', '999999999999']) {
    expect(() => parseEpoch(text)).toThrow(/whole seconds/);
  }
});

test('entitlements', () => {
  expect(parseEntitlement('network.host')).toBe('network.host');
  expect(() => parseEntitlement('root')).toThrow(/security\.insecure/);
});

test('how progress is shown', () => {
  const base = { flag: '', quiet: false, env: {}, terminal: true };
  const mode = (more: object) => chooseProgress({ ...base, ...more }).mode;
  expect(mode({})).toBe('tty');
  expect(mode({ terminal: false })).toBe('plain');
  expect(mode({ flag: 'tty', terminal: false })).toBe('plain');
  expect(mode({ env: { BUILDKIT_PROGRESS: 'plain' } })).toBe('plain');
  expect(mode({ env: { BUILDKIT_PROGRESS: 'plain' }, flag: 'rawjson' })).toBe('rawjson');
  expect(chooseProgress({ ...base, quiet: true })).toEqual({ mode: 'none', quiet: true });
  expect(chooseProgress({ ...base, flag: 'quiet' })).toEqual({ mode: 'none', quiet: true });
  expect(() => mode({ flag: 'plain', quiet: true })).toThrow(/--quiet/);
  expect(() => mode({ env: { BUILDKIT_PROGRESS: 'x' } })).toThrow(/environment/);
});

test('registries that a Dockerfile may need', () => {
  const text = [
    'FROM --platform=$BUILDPLATFORM registry.example.org:5000/a/b:1 AS x',
    'COPY --from=localhost/a /x /y',
    'RUN curl https://host.example.net/x && cp ./a.b/c d/e.f/g',
    'FROM busybox',
    'FROM cache:5000/x',
  ].join('\n');
  const found = registriesIn([text]);
  expect(found).toEqual(
    expect.arrayContaining(['docker.io', 'registry.example.org:5000', 'localhost', 'cache:5000']),
  );
  expect(found).not.toContain('host.example.net');
});

test('any text is read or refused', () => {
  const parsers: readonly ((text: string) => unknown)[] = [
    (text) => parseOutput(text, ['a:1']),
    parseCacheFrom,
    parseCacheTo,
    parseSecret,
    parseSsh,
    parseCall,
    parseAttest,
    parseProvenance,
    parseSbom,
    parseAnnotation,
    parseNamedContext,
    parseEpoch,
    (text) => imageNames([text]),
    remotePlace,
    (text) => registriesIn([text]),
  ];
  const words = fc.constantFrom(
    'type',
    '=',
    ',',
    '"',
    'local',
    'dest',
    'id',
    'src',
    'mode',
    'max',
    '/',
    ':',
    '.',
    'a',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(words).map((all) => all.join('')),
  );
  for (const parse of parsers) {
    fc.assert(
      fc.property(text, (one) => {
        try {
          parse(one);
        } catch (thrown) {
          expect(isWharfError(thrown) && thrown.code).toBe('invalid-argument');
        }
      }),
    );
  }
});
