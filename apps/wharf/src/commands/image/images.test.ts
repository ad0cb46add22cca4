import {
  NotFoundError,
  UnavailableError,
  type Image,
  type ImageHistoryRow,
  type Images,
} from '@wharf/core';
import { describe, expect, test } from 'vitest';
import { stream } from '../../testing/stream.js';
import { wharf, type CliOptions } from '../../testing/test-cli.js';
import { fakeEngine, someImage } from '../../testing/test-engine.js';

const digest = (text: string): string => `sha256:${text.repeat(64 / text.length)}`;
const now = new Date('2026-01-31T12:00:00Z');

function run(argv: readonly string[], images: Partial<Images>, options: CliOptions = {}) {
  return wharf(argv, { engine: fakeEngine({ images }), now, ...options });
}

const multi = someImage({
  targetDigest: digest('99'),
  containers: 1,
  platforms: [
    {
      platform: 'linux/amd64',
      kind: 'image',
      manifestDigest: digest('cd'),
      imageId: digest('ab'),
      available: true,
      contentSize: 1_000_000,
      size: 3_000_000,
      containers: ['c1'],
    },
    {
      platform: 'linux/arm64/v8',
      kind: 'image',
      manifestDigest: digest('ef'),
      imageId: '',
      available: false,
      contentSize: 0,
      size: 0,
      containers: [],
    },
    {
      platform: '',
      kind: 'attestation',
      manifestDigest: digest('11'),
      imageId: '',
      available: false,
      contentSize: 100,
      size: 0,
      containers: [],
    },
  ],
});

describe('images', () => {
  const list = (argv: string[], images: readonly Image[]) => {
    const asked: unknown[] = [];
    const engine = {
      list: ({ signal: _, ...options }: Parameters<Images['list']>[0]) => {
        asked.push(options);
        return Promise.resolve(images);
      },
    };
    return run(['images', ...argv], engine).then((result) => ({ ...result, asked: asked[0] }));
  };

  test('dangling ones have no name; digests have a column', async () => {
    const dangling = someImage({ repoTags: [], repoDigests: [] });
    expect((await list([], [dangling])).out).toContain('<none>       <none>    abababababab');
    expect((await list(['--digests'], [someImage()])).out.split('\n')[1]).toBe(
      `busybox      latest    ${digest('cd')}   abababababab   4 weeks ago   1.98MB`,
    );
  });

  test('what images share is asked for only when it is shown', async () => {
    const shared = someImage({ sharedSize: 982_943, containers: 2 });
    const format = '{{.SharedSize}} {{.UniqueSize}} {{.Containers}} {{.Platform}}';
    const { out, asked } = await list(['--format', format], [shared]);
    expect(out).toBe('983kB 1MB 2 linux/amd64\n');
    expect(asked).toMatchObject({ sharedSize: true });
    expect((await list([], [shared])).asked).not.toHaveProperty('sharedSize');
  });

  test('--tree shows the platforms of an index', async () => {
    const { out } = await list(['--tree'], [multi, someImage({ repoTags: [] })]);
    expect(out).toBe(
      [
        'IMAGE               ID             DISK USAGE   CONTENT SIZE   EXTRA',
        'busybox:latest      999999999999   4MB          1MB            U',
        '├─ linux/amd64      cdcdcdcdcdcd   4MB          1MB            U',
        '└─ linux/arm64/v8   efefefefefef   0B           0B',
        '<untagged>          cdcdcdcdcdcd   2.75MB       765kB',
        '',
      ].join('\n'),
    );
    expect(await list(['--tree', '-q'], [])).toMatchObject({ code: 1 });
  });
});

test('inspect tells of the index and its manifests', async () => {
  const asked: unknown[] = [];
  const get: Images['get'] = (_ref, { platform }) => {
    asked.push(platform);
    return Promise.resolve(multi);
  };
  const format =
    '{{.Descriptor.Digest}} {{len .Manifests}} {{(index .Manifests 0).ImageData.Platform.Architecture}}';
  const { out, err } = await run(
    ['image', 'inspect', '-f', format, '--platform', 'linux/amd64', 'x'],
    {
      get,
    },
  );
  expect(err).toBe('');
  expect(out).toBe(`${digest('99')} 3 amd64\n`);
  expect(asked).toEqual(['linux/amd64']);
});

describe('history', () => {
  const rows: readonly ImageHistoryRow[] = [
    {
      imageId: digest('ab'),
      tags: ['app:1'],
      size: 0,
      createdAt: new Date('2026-01-31T11:00:00Z'),
      createdBy: 'CMD ["a command that is longer than the column of the table"]',
      comment: 'c',
      emptyLayer: true,
    },
    {
      imageId: '',
      tags: [],
      size: 4_260_000,
      createdBy: 'ADD\tfile',
      comment: '',
      emptyLayer: false,
    },
  ];
  const history = (argv: string[]) =>
    run(['history', ...argv, 'app'], { history: () => Promise.resolve(rows) });

  test('the table', async () => {
    expect((await history([])).out.split('\n')).toEqual([
      'IMAGE          CREATED             CREATED BY                                      SIZE      COMMENT',
      'abababababab   About an hour ago   CMD ["a command that is longer than the colu…   0B        c',
      '<missing>      N/A                 ADD file                                        4.26MB    ',
      '',
    ]);
  });

  test('for programs', async () => {
    expect((await history(['-q', '--no-trunc'])).out).toBe(`${digest('ab')}\n<missing>\n`);
    const { out } = await history(['--human=false', '--format', '{{.CreatedSince}} {{.Size}}']);
    expect(out).toMatch(/^2026-01-31T\d\d:00:00(Z|[+-]\d\d:\d\d) 0\nN\/A 4260000\n$/);
  });
});

describe('tree', () => {
  test('layers that images share are shown once', async () => {
    const base = someImage({ diffIds: [digest('01'), digest('02')], manifestDigest: 'base' });
    const app = someImage({
      id: digest('ef'),
      repoTags: ['app:1', 'app:2'],
      diffIds: [digest('01'), digest('02'), digest('03')],
      manifestDigest: 'app',
    });
    const { out } = await run(['image', 'tree'], {
      list: () => Promise.resolve([base, app]),
      history: (ref) =>
        Promise.resolve(
          [300, 20, 1].slice(ref === 'base' ? 1 : 0).map((size, at) => ({
            imageId: '',
            tags: [],
            size,
            createdBy: `step ${at}`,
            comment: '',
            emptyLayer: false,
          })),
        ),
    });
    expect(out).toBe(
      [
        '└─ 010101010101  1B  step 1',
        '   └─ 020202020202  20B  step 0',
        '      │  = busybox:latest  abababababab  1.98MB',
        '      └─ 030303030303  300B  step 0',
        '            = app:1, app:2  efefefefefef  1.98MB',
        '',
      ].join('\n'),
    );
  });
});

test('rm removes one platform after the other', async () => {
  const asked: unknown[] = [];
  const remove: Images['remove'] = (_ref, { signal: _, ...options }) => {
    asked.push(options);
    return Promise.resolve({ untagged: ['a:1'], deleted: [digest('ab')] });
  };
  expect((await run(['rmi', '-f', 'a:1'], { remove })).out).toBe(
    `Untagged: a:1\nDeleted: ${digest('ab')}\n`,
  );
  await run(['rmi', '--platform', 'linux/arm64,linux/arm', '--no-prune', 'a:1'], { remove });
  expect(asked).toEqual([
    { force: true },
    { force: false, noPrune: true, platform: 'linux/arm64' },
    { force: false, noPrune: true, platform: 'linux/arm' },
  ]);
});

describe('prune', () => {
  const prune = (untagged: string[]) => ({
    prune: () => Promise.resolve({ untagged, deleted: untagged, reclaimed: 1_500_000 }),
  });
  const question = 'Are you sure you want to continue? [y/N] ';

  test('asks first', async () => {
    const yes = await run(['image', 'prune'], prune(['a']), { stdin: stream(Buffer.from('y\n')) });
    expect(yes.out).toBe(
      `WARNING! This will remove all dangling images.\n${question}` +
        'Deleted Images:\nuntagged: a\ndeleted: a\n\nTotal reclaimed space: 1.5MB\n',
    );
    const no = await run(['image', 'prune', '-a'], {}, { stdin: stream(Buffer.from('n\n')) });
    expect(no).toMatchObject({ code: 1, err: 'wharf: image prune has been cancelled\n' });
    expect(no.out).toContain('all images without at least one container');
    expect(await run(['image', 'prune'], {})).toMatchObject({ code: 1 });
  });

  test('-f does not', async () => {
    expect((await run(['image', 'prune', '-f'], prune([]))).out).toBe(
      'Total reclaimed space: 1.5MB\n',
    );
  });
});

describe('ours', () => {
  test('diff prints A, C and D, and names that are no text so that they can be told apart', async () => {
    const diff = () =>
      stream(
        [
          { kind: 'added', path: Buffer.from('/a\x1b[2J') },
          { kind: 'modified', path: Buffer.from([0x2f, 0xff, 0xc3, 0xa4]) },
        ] as const,
        [{ kind: 'deleted', path: Buffer.from('/d') }] as const,
      );
    const plain = await run(['image', 'diff', 'x', 'y'], { diff });
    expect(Buffer.from(plain.out, 'latin1').toString()).toBe('A /a\\x1b[2J\nC /\\xffä\nD /d\n');
    const { out } = await run(['image', 'diff', '--format', 'json', 'x', 'y'], { diff });
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown)[2],
    ).toEqual({
      Path: '/d',
      Type: 'D',
    });
  });

  test('exists is told by the exit code', async () => {
    expect(await run(['image', 'exists', 'x'], { get: () => Promise.resolve(multi) })).toEqual({
      code: 0,
      out: '',
      err: '',
    });
    const missing = () => Promise.reject(new NotFoundError('image', 'x'));
    expect(await run(['image', 'exists', 'x'], { get: missing })).toEqual({
      code: 1,
      out: '',
      err: '',
    });
    const broken = () => Promise.reject(new UnavailableError('no daemon'));
    expect(await run(['image', 'exists', 'x'], { get: broken })).toMatchObject({ code: 125 });
  });

  test('mount prints where; without image it lists', async () => {
    const mount = {
      imageId: digest('ab'),
      manifestDigest: digest('cd'),
      reference: 'a:1',
      path: '/m',
      count: 2,
    };
    const images = { mount: () => Promise.resolve(mount), mounts: () => Promise.resolve([mount]) };
    expect((await run(['image', 'mount', 'a:1'], images)).out).toBe('/m\n');
    expect((await run(['image', 'mount'], images)).out).toBe(
      'IMAGE     IMAGE ID       MOUNTS    MOUNT POINT\na:1       abababababab   2         /m\n',
    );
    const unmounted: unknown[] = [];
    const unmount: Images['unmount'] = (ref, { force }) =>
      Promise.resolve(void unmounted.push([ref, force]));
    await run(['image', 'umount', '-a'], { ...images, unmount });
    expect(unmounted).toEqual([[digest('cd'), true]]);
    expect((await run(['image', 'umount'], {})).code).toBe(1);
  });

  test('verify ends with 1 when something is damaged', async () => {
    const part = { digest: digest('ab'), role: 'layer', problem: 'hash differs', size: 5 } as const;
    const frames = stream(
      { kind: 'part', part } as const,
      { kind: 'done', parts: 3, problems: 1 } as const,
    );
    const result = await run(['image', 'verify', 'a'], { verify: () => frames });
    expect(result).toEqual({
      code: 1,
      out: `${digest('ab')}  layer  5B  hash differs\na: 3 parts, 5B: 1 damaged\n`,
      err: 'wharf: a is damaged: remove it and pull or load it again\n',
    });
  });

  test('convert says the steps to people and the ID to programs', async () => {
    const asked: unknown[] = [];
    const convert: Images['convert'] = (ref, name, { compression }) => {
      asked.push([ref, name, compression]);
      return stream(
        { kind: 'step', message: 'layer 1' } as const,
        { kind: 'done', imageId: 'sha256:i', targetDigest: 't' } as const,
      );
    };
    const result = await run(['image', 'convert', '--compression', 'gzip', 'a', 'b'], { convert });
    expect(result).toEqual({ code: 0, out: 'sha256:i\n', err: 'layer 1\n' });
    expect(asked).toEqual([['a', 'b', 'gzip']]);
    expect((await run(['image', 'convert', '--compression', 'lzma', 'a', 'b'], {})).err).toContain(
      'must be gzip, zstd or none',
    );
  });
});
