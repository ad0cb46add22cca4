import {
  NotFoundError,
  type BuildFrame,
  type BuildRecord,
  type Builds,
  type CacheRecord,
  type PruneCacheOptions,
  type StepExplanation,
} from '@wharf/core';
import { describe, expect, test } from 'vitest';
import { drainText, stream } from '../../testing/stream.js';
import { wharf, type CliOptions } from '../../testing/test-cli.js';
import { fakeEngine } from '../../testing/test-engine.js';

const at = (time: string): Date => new Date(`2026-01-31T${time}Z`);

async function run(argv: readonly string[], builds: Partial<Builds> = {}, more: CliOptions = {}) {
  return wharf(['builder', ...argv], { ...more, engine: fakeEngine({ builds }) });
}

const layer: CacheRecord = {
  id: 'aaa',
  kind: 'layer',
  description: 'RUN make \x1b[31m',
  createdAt: at('10:00:00'),
  lastUsedAt: at('11:00:00'),
  uses: 3,
  size: 1500,
  inUse: false,
  shared: false,
};
const records: readonly CacheRecord[] = [
  layer,
  { ...layer, id: 'bbb', shared: true, size: 500 },
  { ...layer, id: 'ccc', inUse: true, size: 100 },
];

describe('du', () => {
  const cache: Builds['cache'] = ({ filters }) =>
    Promise.resolve(filters?.has('type') === true ? [layer] : records);

  test('the table and its sums', async () => {
    expect((await run(['du'], { cache })).out).toBe(
      [
        'ID        RECLAIMABLE   SIZE      LAST ACCESSED',
        'aaa       true          1.5kB     About an hour ago',
        'bbb       false         500B      About an hour ago',
        'ccc       false         100B      About an hour ago',
        'Shared:       500B',
        'Private:      1.6kB',
        'Reclaimable:  1.5kB',
        'Total:        2.1kB',
        '',
      ].join('\n'),
    );
  });

  test('--verbose, --filter and --format', async () => {
    const verbose = await run(['du', '--verbose', '--filter', 'type=layer'], { cache });
    expect(verbose.out).toContain('Description:  RUN make \\x1b[31m\nUsage count:  3\n');
    expect(verbose.out.endsWith('\nReclaimable:  1.5kB\nTotal:        1.5kB\n')).toBe(true);
    expect((await run(['du', '--format', '{{.ID}} {{.Size}}'], { cache })).out).toBe(
      'aaa 1.5kB\nbbb 500B\nccc 100B\n',
    );
    expect((await run(['du', '--verbose', '--format', 'json'], { cache })).code).toBe(1);
  });
});

describe('prune', () => {
  const asked: PruneCacheOptions[] = [];
  const prune: Builds['prune'] = (options) => {
    asked.push(options);
    return Promise.resolve({ removed: ['aaa'], reclaimed: 1500 });
  };

  test('asks first', async () => {
    const { code, out, err } = await run(
      ['prune'],
      { prune },
      { stdin: stream(Buffer.from('n\n')) },
    );
    expect([code, asked.length]).toEqual([1, 0]);
    expect(out).toContain('This will remove all dangling build cache.');
    expect(err).toContain('builder prune has been cancelled');
  });

  test('limits and filters', async () => {
    const argv = '-af --filter until=1h --keep-storage 1k --max-used-space 2k --min-free-space 3k';
    const { out, err } = await run(['prune', ...argv.split(' ')], { prune });
    expect(out).toBe('Deleted build cache objects:\naaa\n\nTotal reclaimed space: 1.5kB\n');
    expect(err).toContain('--reserved-space');
    expect(asked.at(-1)).toMatchObject({
      all: true,
      filters: new Map([['until', ['1h']]]),
      reservedSpace: 1024n,
      maxUsedSpace: 2048n,
      minFreeSpace: 3072n,
    });
  });
});

const record: BuildRecord = {
  id: 'b1',
  name: './app',
  status: 'failed',
  startedAt: at('11:00:00'),
  finishedAt: at('11:01:05'),
  error: 'exit code: 1',
  target: 'test',
  platforms: ['linux/amd64'],
  steps: [
    {
      id: 1,
      name: '[1/2] FROM a',
      stage: '',
      platform: '',
      inputs: [],
      cacheKey: 'k1',
      state: { kind: 'done', startedAt: at('11:00:00'), finishedAt: at('11:00:01'), cached: true },
    },
    {
      id: 2,
      name: '[2/2] RUN \x1b[0m',
      stage: '',
      platform: '',
      inputs: [1],
      cacheKey: '',
      state: {
        kind: 'failed',
        startedAt: at('11:00:01'),
        finishedAt: at('11:00:03'),
        error: 'exit code: 1',
      },
    },
  ],
};

describe('the record of builds', () => {
  const list: Builds['list'] = () => Promise.resolve([record]);
  const get: Builds['get'] = (ref) =>
    ref === 'latest' || ref === 'b1'
      ? Promise.resolve(record)
      : Promise.reject(new NotFoundError('build', ref));

  test('ls', async () => {
    const table =
      'BUILD ID   NAME      STATUS    CREATED AT          DURATION\n' +
      'b1         ./app     Error     About an hour ago   1m 5s\n';
    expect((await run(['ls'], { list })).out).toBe(table);
    expect((await run(['history', 'ls'], { list })).out).toBe(table);
    expect((await run(['ls', '-q'], { list })).out).toBe('b1\n');
    expect((await run(['ls', '--format', '{{.ID}} {{.Error}}'], { list })).out).toBe(
      'b1 exit code: 1\n',
    );
  });

  test('inspect', async () => {
    expect((await run(['inspect'], { get })).out).toBe(
      [
        'Build:      b1',
        'Context:    ./app',
        'Target:     test',
        'Platforms:  linux/amd64',
        'Status:     failed',
        'Started:    2026-01-31T11:00:00.000Z',
        'Duration:   1m 5s',
        'Steps:      2 (1 cached)',
        'Error:      exit code: 1',
        '',
        'STEP      NAME                STATE     DURATION',
        '1         [1/2] FROM a        cached    1.0s',
        '2         [2/2] RUN \\x1b[0m   failed    2.0s',
        '',
      ].join('\n'),
    );
    const json = await run(['inspect', '-f', 'json', 'b1'], { get });
    expect(JSON.parse(json.out)).toMatchObject({
      ID: 'b1',
      Image: null,
      Steps: [{ Cached: true }, {}],
    });
    expect((await run(['inspect', 'x'], { get })).err).toBe('wharf: no such build: x\n');
  });

  test('logs', async () => {
    const logs: Builds['logs'] = () =>
      stream<BuildFrame>(
        { kind: 'step', step: { id: 2, name: 'RUN a', stage: '', platform: '', inputs: [] } },
        {
          kind: 'log',
          stepId: 2,
          stream: 'stdout',
          data: Buffer.from('x\n'),
          at: at('11:00:02'),
        },
        {
          kind: 'state',
          stepId: 2,
          state: {
            kind: 'done',
            startedAt: at('11:00:01'),
            finishedAt: at('11:00:03'),
            cached: false,
          },
        },
      );
    expect((await run(['logs'], { logs, get })).out).toBe('#2 RUN a\n#2 1.000 x\n#2 DONE 2.0s\n\n');
    const json = await run(['logs', '--progress', 'rawjson'], { logs, get });
    expect(json.out.split('\n')).toHaveLength(5);
  });

  test('rm', async () => {
    const removed: string[] = [];
    const remove: Builds['remove'] = (ref) => Promise.resolve(void removed.push(ref));
    expect((await run(['rm', 'b1', 'b2'], { remove })).out).toBe('b1\nb2\n');
    expect(removed).toEqual(['b1', 'b2']);
  });
});

describe('explain', () => {
  const [, step] = record.steps;
  const explained: StepExplanation = {
    step: step ?? (record.steps[0] as BuildRecord['steps'][number]),
    inputs: [
      { kind: 'command', name: '', value: 'make' },
      { kind: 'argument', name: 'V', value: '2' },
    ],
    miss: {
      reason: 'changed',
      changes: [
        { kind: 'argument', name: 'V', before: '1', after: '2', text: 'ARG V "1" -> "2"' },
        { kind: 'file', name: 'a', text: 'COPY a: new' },
      ],
    },
  };
  const asked: string[] = [];
  const explain: Builds['explain'] = (ref, name) => {
    asked.push(`${ref} ${name}`);
    return Promise.resolve([explained]);
  };

  test('the first change, then the others', async () => {
    expect((await run(['explain'], { explain })).out).toBe(
      '#2 [2/2] RUN \\x1b[0m\n   miss: ARG V "1" -> "2"\n         COPY a: new\n',
    );
    expect(asked).toEqual(['latest ']);
  });

  test('one step shows its inputs', async () => {
    const { out } = await run(['explain', 'b1', '[2/'], { explain });
    expect(out).toContain('   command = make\n   argument V = 2\n');
    expect(asked.at(-1)).toBe('b1 [2/');
  });

  test('a step that did not end', async () => {
    const state = { kind: 'cancelled' } as const;
    const cancelled = { step: { ...explained.step, state }, inputs: [] };
    const { out } = await run(['explain', 'b1', '2'], {
      explain: () => Promise.resolve([cancelled]),
    });
    expect(out).toContain('   it is cancelled\n');
  });

  test('as JSON', async () => {
    const { out } = await run(['explain', '--format', 'json'], { explain });
    expect(JSON.parse(out)).toMatchObject({
      ID: 2,
      Reason: 'changed',
      Changes: [{ Kind: 'argument', Before: '1', After: '2' }, { Before: null }],
      Inputs: [{ Kind: 'command', Value: 'make' }, {}],
    });
  });

  test('nothing was executed', async () => {
    const none: Builds['explain'] = () => Promise.resolve([]);
    const text = async (status: BuildRecord['status']): Promise<string> => {
      const get: Builds['get'] = () => Promise.resolve({ ...record, status });
      return (await run(['explain'], { explain: none, get })).out;
    };
    expect(await text('completed')).toBe('all steps were in the cache\n');
    expect(await text('failed')).toMatch(/^the build is failed: no step was executed to its end/);
  });
});

describe('cache mounts', () => {
  test('ls', async () => {
    const cacheMounts: Builds['cacheMounts'] = () =>
      Promise.resolve([
        {
          id: 'npm',
          createdAt: at('10:00:00'),
          lastUsedAt: at('11:59:00'),
          size: 10,
          inUse: false,
        },
      ]);
    expect((await run(['cache-mount', 'ls'], { cacheMounts })).out).toBe(
      'ID        SIZE      IN USE    LAST USED\nnpm       10B       false     About a minute ago\n',
    );
  });

  test('export and import', async () => {
    const exportCacheMount: Builds['exportCacheMount'] = (id) =>
      stream(Buffer.from(`tar of ${id}`));
    const got: string[] = [];
    const importCacheMount: Builds['importCacheMount'] = async (id, archive) =>
      void got.push(id, await drainText(archive));
    expect((await run(['cache-mount', 'export', 'npm'], { exportCacheMount })).out).toBe(
      'tar of npm',
    );
    const stdin = stream(Buffer.from('bytes'));
    const imported = await run(['cache-mount', 'import', 'npm'], { importCacheMount }, { stdin });
    expect(imported.out).toBe('npm\n');
    expect(got).toEqual(['npm', 'bytes']);
    const typed = await run(['cache-mount', 'import', 'npm'], { importCacheMount }, { tty: true });
    expect(typed.err).toContain('stdin is a terminal');
  });
});
