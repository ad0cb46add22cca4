import {
  FailedPreconditionError,
  NotFoundError,
  type Volume,
  type VolumeEntry,
  type Volumes,
  type VolumeSpec,
} from '@wharf/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wharf } from '../../testing/test-cli.js';
import { fakeEngine } from '../../testing/test-engine.js';
import { drainText, stream } from '../../testing/stream.js';
import { topmost } from './send-volume.js';

const data: Volume = {
  name: 'data',
  driver: 'local',
  createdAt: new Date('2026-01-31T10:00:00.089Z'),
  labels: { a: 'b' },
  driverOptions: {},
  mountpoint: '/v/data/_data',
  scope: 'local',
  anonymous: false,
  status: {},
  usedBy: ['c1'],
  snapshots: [{ name: 'before', createdAt: new Date('2026-01-31T11:00:00Z') }],
};

async function run(argv: readonly string[], volumes: Partial<Volumes> = {}) {
  return wharf(['volume', ...argv], { engine: fakeEngine({ volumes }) });
}

describe('volume create', () => {
  async function created(...argv: string[]) {
    const specs: VolumeSpec[] = [];
    const create: Volumes['create'] = (spec) => {
      specs.push(spec);
      return Promise.resolve({ ...data, name: spec.name === '' ? 'ab12' : spec.name });
    };
    return { ...(await run(['create', ...argv], { create })), spec: specs[0] };
  }

  test('without a name it is anonymous', async () => {
    const { out, spec } = await created();
    expect(out).toBe('ab12\n');
    expect(spec).toEqual({ name: '', driver: 'local', driverOptions: {}, labels: {} });
  });

  test('options of the driver, with words for the usual ones', async () => {
    const flags = '-o type=tmpfs -o o=size=1m,uid=1 --label k=v --uid 999 --mode 700 --size 1g';
    const { spec } = await created(...flags.split(' '), '--name', 'x');
    expect(spec).toEqual({
      name: 'x',
      driver: 'local',
      driverOptions: { type: 'tmpfs', o: 'size=1m,uid=1', uid: '999', mode: '700', size: '1g' },
      labels: { k: 'v' },
    });
  });

  test('two names are refused', async () => {
    expect((await created('a', '--name', 'b')).err).toContain(
      'cannot specify a volume-name through both --name and as a positional arg',
    );
  });
});

describe('volume ls', () => {
  const sizes: (boolean | undefined)[] = [];
  const list: Volumes['list'] = ({ size }) => {
    sizes.push(size);
    const more = { ...data, name: 'data10' };
    const all = [more, { ...data, name: 'data9' }];
    return Promise.resolve(size === true ? all.map((one) => ({ ...one, size: 1500 })) : all);
  };

  test('the table, by name', async () => {
    expect((await run(['ls'], { list })).out).toBe(
      'DRIVER    VOLUME NAME\nlocal     data9\nlocal     data10\n',
    );
    expect((await run(['ls', '-q'], { list })).out).toBe('data9\ndata10\n');
  });

  test('sizes are counted when they are shown', async () => {
    sizes.length = 0;
    expect((await run(['ls', '--format', '{{.Size}} {{.Links}}'], { list })).out).toBe(
      '1.5kB 1\n1.5kB 1\n',
    );
    expect((await run(['ls', '--format', 'json'], { list })).out.split('\n')[0]).toBe(
      '{"Availability":"N/A","Driver":"local","Group":"N/A","Labels":"a=b","Links":"N/A","Mountpoint":"/v/data/_data","Name":"data9","Scope":"local","Size":"N/A","Status":"N/A"}',
    );
    expect((await run(['ls', '-s'], { list })).out).toContain('LINKS     SIZE');
    expect(sizes).toEqual([true, undefined, true]);
  });
});

test('volume inspect has docker’s shape, and ours', async () => {
  const get: Volumes['get'] = (name, { size }) =>
    name === 'data'
      ? Promise.resolve(size === true ? { ...data, size: 7 } : data)
      : Promise.reject(new NotFoundError('volume', name));
  const { out, code } = await run(['inspect', 'data', 'x'], { get });
  expect(code).toBe(1);
  expect(JSON.parse(out)).toEqual([
    {
      CreatedAt: '2026-01-31T10:00:00Z',
      Driver: 'local',
      Labels: { a: 'b' },
      Mountpoint: '/v/data/_data',
      Name: 'data',
      Options: null,
      Scope: 'local',
      Anonymous: false,
      UsedBy: ['c1'],
      Snapshots: [{ Name: 'before', CreatedAt: '2026-01-31T11:00:00.000Z' }],
    },
  ]);
  const sized = await run(['inspect', '-s', '-f', '{{json .UsageData}}', 'data'], { get });
  expect(sized.out).toBe('{"Size":7,"RefCount":1}\n');
});

test('volume rm names what went', async () => {
  const remove: Volumes['remove'] = (name) =>
    name === 'used'
      ? Promise.reject(new FailedPreconditionError('volume used is in use - [c1]'))
      : Promise.resolve();
  const { code, out, err } = await run(['rm', 'used', 'data'], { remove });
  expect({ code, out, err }).toEqual({
    code: 1,
    out: 'data\n',
    err: 'wharf: volume used is in use - [c1]\n',
  });
});

describe('volume prune', () => {
  const asked: unknown[] = [];
  const prune: Volumes['prune'] = ({ all, filters }) => {
    asked.push([all, filters]);
    return Promise.resolve({ removed: ['a'], reclaimed: 2048 });
  };

  test('asks by what goes', async () => {
    expect((await run(['prune'], { prune })).out).toContain('remove anonymous local volumes');
    expect((await run(['prune', '-a'], { prune })).out).toContain('remove all local volumes');
    expect((await run(['prune', '-a', '--filter', 'all=1'], { prune })).err).toContain(
      'cannot specify both --all and --filter all=1',
    );
    expect(asked).toEqual([]);
  });

  test('says what went', async () => {
    const { out } = await run(['prune', '-af', '--filter', 'label=x'], { prune });
    expect(out).toBe('Deleted Volumes:\na\n\nTotal reclaimed space: 2.048kB\n');
    expect(asked).toEqual([[true, new Map([['label', ['x']]])]]);
  });
});

test('volume update changes some labels and keeps the rest', async () => {
  const updates: unknown[] = [];
  const volumes: Partial<Volumes> = {
    get: () => Promise.resolve({ ...data, labels: { a: '1', b: '2', c: '3' } }),
    update: (name, change) => {
      updates.push([name, change]);
      return Promise.resolve(data);
    },
  };
  await run(['update', '--label-add', 'a=x', '--label-rm', 'b', 'data'], volumes);
  expect(updates).toEqual([['data', { labels: { a: 'x', c: '3' } }]]);
  expect((await run(['update', 'data'], volumes)).code).not.toBe(0);
});

test('copies and states', async () => {
  const calls: string[] = [];
  const call = (text: string) => Promise.resolve(void calls.push(text));
  const volumes: Partial<Volumes> = {
    get: () => Promise.resolve(data),
    rename: (name, to) => call(`rename ${name} ${to}`),
    clone: (name, to) => call(`clone ${name} ${to}`).then(() => ({ ...data, name: to })),
    snapshot: (name, snapshot) =>
      call(`snapshot ${name} ${snapshot}`).then(() => ({ ...data, name: snapshot })),
    rollback: (name, snapshot) => call(`rollback ${name} ${snapshot}`),
    removeSnapshot: (name, snapshot) => call(`rm ${name} ${snapshot}`),
  };
  const lines = ['rename a b', 'clone a b', 'snapshot a s', 'snapshot a', 'rollback a s'];
  const out: string[] = [];
  for (const line of [...lines, 'snapshot --rm a s', 'snapshot --list a']) {
    out.push((await run(line.split(' '), volumes)).out);
  }
  expect(calls).toEqual([
    ...['rename a b', 'clone a b', 'snapshot a s', 'snapshot a 20260131T120000Z'],
    ...['rollback a s', 'rm a s'],
  ]);
  expect(out).toEqual([
    ...['', 'b\n', 's\n', '20260131T120000Z\n', 'a\n', 's\n'],
    'SNAPSHOT   CREATED\nbefore     About an hour ago\n',
  ]);
  expect((await run(['snapshot', '--rm', 'a'], volumes)).code).not.toBe(0);
});

test('export and import move the bytes', async () => {
  let seen = '';
  const volumes: Partial<Volumes> = {
    exportFiles: () => stream(Buffer.from('one'), Buffer.from('two')),
    importFiles: async (_name, archive, { replace }) => {
      seen = `${replace === true} ${await drainText(archive)}`;
    },
  };
  expect((await run(['export', 'data'], volumes)).out).toBe('onetwo');
  const engine = fakeEngine({ volumes });
  const stdin = stream(Buffer.from('tar'));
  await wharf(['volume', 'import', '--replace', 'data'], { engine, stdin });
  expect(seen).toBe('true tar');
});

describe('volume send', () => {
  interface Applied {
    readonly exported: (readonly string[])[];
    readonly removed: (readonly string[])[];
    readonly created: VolumeSpec[];
  }

  async function send(here: readonly VolumeEntry[], there: readonly VolumeEntry[] | undefined) {
    const applied: Applied = { exported: [], removed: [], created: [] };
    const source = fakeEngine({
      volumes: {
        get: () => Promise.resolve(data),
        entries: () => stream(here),
        exportEntries: (_name, paths) => {
          applied.exported.push(paths);
          return stream(Buffer.alloc(1500));
        },
      },
    });
    const target = fakeEngine({
      volumes: {
        get: (name) =>
          there === undefined
            ? Promise.reject(new NotFoundError('volume', name))
            : Promise.resolve(data),
        create: (spec) => {
          applied.created.push(spec);
          return Promise.resolve(data);
        },
        entries: () => stream(there ?? []),
        applyEntries: async (_name, removed, archive) => {
          applied.removed.push(removed);
          await drainText(archive);
        },
      },
    });
    const options = { engine: source, engines: { far: target } };
    const { out } = await wharf(['volume', 'send', 'data', '--to', 'far'], options);
    return { out, ...applied };
  }

  const entry = (path: string, digest: string): VolumeEntry => ({ path, digest });

  test('moves what differs, removes what is gone', async () => {
    const { out, exported, removed, created } = await send(
      [entry('a', '1'), entry('b', '2'), entry('c', '3')],
      [entry('a', '1'), entry('b', 'x'), entry('d', '4'), entry('d/e', '5'), entry('d-e', '6')],
    );
    expect(exported).toEqual([['b', 'c']]);
    expect(removed).toEqual([['d', 'd-e']]);
    expect(created).toEqual([]);
    expect(out).toBe('Sent data to far: 2 changed (1.5kB), 3 removed, 1 that were there\n');
  });

  test('makes the volume where there is none', async () => {
    const { exported, created } = await send([entry('a', '1')], undefined);
    expect(created).toEqual([{ name: 'data', driver: '', driverOptions: {}, labels: { a: 'b' } }]);
    expect(exported).toEqual([['a']]);
  });

  test('moves nothing when nothing differs', async () => {
    const { out, exported } = await send([entry('a', '1')], [entry('a', '1')]);
    expect(exported).toEqual([]);
    expect(out).toContain('0 changed (0B), 0 removed, 1 that were there');
  });

  test('no path is removed twice, and none is forgotten', () => {
    const path = fc.array(fc.constantFrom('a', 'b', 'a-b'), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.uniqueArray(path.map((parts) => parts.join('/'))), (paths) => {
        const tops = topmost(paths);
        for (const one of paths) {
          const over = tops.filter((top) => one === top || one.startsWith(`${top}/`));
          expect(over).toHaveLength(1);
        }
      }),
    );
  });
});
