import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { State } from '../../state/state.js';
import { createCacheEntries, type CacheEntries } from '../cache/records.js';
import type { OpContext, OpResult } from '../executor.js';
import { StaleResult, type ImportedCache } from '../cache-transfer/imported-cache.js';
import {
  digestOfText,
  fakeExecutors,
  nameOf,
  type FakeExecutors,
} from '../testing/fake-executors.js';
import { amd64, arm64, planOf } from '../testing/plans.js';
import { openTestState } from '../testing/state.js';
import { describeNodes } from './describe.js';
import { Executions } from './executions.js';
import { buildGraph, type PlatformPlan } from './graph.js';
import { solve, type NodeEnd, type Solved, type SolveRequest } from './solve.js';
import { Uses } from './uses.js';

let root: string;
let state: State;
let entries: CacheEntries;
let executors: FakeExecutors;
let executions: Executions;
const uses = new Uses();

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'wharf-solve-'));
  state = openTestState(root);
  entries = createCacheEntries(state, Date.now);
  executors = fakeExecutors();
  const measure = () => Promise.resolve({ size: 1, roots: [] });
  executions = new Executions({ executors, entries, measure });
});
afterEach(async () => {
  state.close();
  await rm(root, { recursive: true });
});

interface Told {
  readonly ends: Map<string, NodeEnd>;
  readonly failed: string[];
  readonly cancelled: string[];
  readonly logs: string[];
}

function build(
  texts: string | readonly PlatformPlan[],
  change: Partial<SolveRequest> = {},
  signal = AbortSignal.timeout(10_000),
): Promise<Solved & Told> {
  const plans = typeof texts === 'string' ? [{ platform: amd64, plan: planOf(texts) }] : [...texts];
  const graph = buildGraph(plans);
  const descriptions = describeNodes({ plans, graph, place: '.' });
  const told: Told = { ends: new Map(), failed: [], cancelled: [], logs: [] };
  const text = (node: number): string => descriptions[node]?.definition.text ?? '';
  const context = { buildId: String(Math.random()), epochSeconds: 0 };
  const request: SolveRequest = {
    ...{ graph, descriptions, parallelism: 8 },
    context: context as unknown as Omit<OpContext, 'signal' | 'report' | 'result' | 'fresh'>,
    keep: () => Promise.resolve(),
    isFresh: () => false,
    watcher: {
      started: () => undefined,
      report: () => ({
        log: (_, data) => void told.logs.push(Buffer.from(data).toString()),
        progress: () => undefined,
      }),
      done: (node, end) => void told.ends.set(text(node), end),
      failed: (node) => void told.failed.push(text(node)),
      cancelled: (node) => void told.cancelled.push(text(node)),
    },
    ...change,
  };
  last = told;
  return solve({ executors, entries, executions, uses }, request, { signal }).then((solved) => ({
    ...solved,
    ...told,
  }));
}
let last: Told;

const record = { kind: 'layer', description: 'RUN one' } as const;

function importing(change: Partial<ImportedCache>): ImportedCache {
  return {
    find: () => undefined,
    findByChain: () => undefined,
    bring: () => Promise.resolve(),
    fillCacheMount: () => Promise.resolve(false),
    ...change,
  };
}

const cachedOf = ({ ends }: Told): string[] =>
  [...ends].filter(([, end]) => end.cached).map(([text]) => text);

describe('the order of execution', () => {
  test('stages run side by side, and what needs them afterwards', async () => {
    await build(`
      FROM scratch AS a
      RUN sleep 60
      FROM scratch AS b
      RUN sleep 61
      FROM scratch
      COPY --from=a / /a
      COPY --from=b / /b
      RUN last`);
    expect(executors.most()).toBe(2);
    expect(executors.executed.at(-1)).toBe('last');
  });

  test('no more run at once than parallelism says', async () => {
    const stages = [1, 2, 3, 4, 5].map((n) => `FROM scratch AS s${n}\nRUN sleep ${20 + n}`);
    const copies = [1, 2, 3, 4, 5].map((n) => `COPY --from=s${n} / /${n}`);
    await build([...stages, 'FROM scratch', ...copies].join('\n'), { parallelism: 2 });
    expect(executors.most()).toBe(2);
  });

  test('what the target does not need is not executed', async () => {
    await build('FROM scratch AS a\nRUN unneeded\nFROM scratch\nRUN needed');
    expect(executors.executed).toEqual(['scratch', 'needed']);
  });
});

describe('the cache', () => {
  const text = 'FROM scratch\nRUN one\nRUN two';

  test('has what was executed', async () => {
    await build(text);
    const again = await build(text);
    expect(cachedOf(again)).toEqual(['RUN one', 'RUN two']);
    expect(executors.executed.filter((word) => word !== 'scratch')).toEqual(['one', 'two']);
  });

  test('keeps what comes behind a step whose output is as before', async () => {
    await build('FROM scratch\nRUN make same\nRUN two');
    const again = await build('FROM scratch\nRUN other same\nRUN two');
    expect(cachedOf(again)).toEqual(['RUN two']);
  });

  test('is not asked with --no-cache, which tells why, and others do not wait for it', async () => {
    await build(text);
    const again = await build(text, { isFresh: ({ op }) => op.kind === 'run' });
    expect(cachedOf(again)).toEqual([]);
    expect(again.ends.get('RUN one')?.miss).toEqual({ reason: 'asked', changes: [] });
  });

  test('of one stage alone may be left out', async () => {
    const stages = 'FROM scratch AS a\nRUN one\nFROM scratch\nCOPY --from=a / /\nRUN two';
    await build(stages);
    const again = await build(stages, {
      isFresh: ({ op }) => op.kind === 'run' && op.args.at(-1) === 'one',
    });
    expect(cachedOf(again)).toEqual(['COPY --from=a / /', 'RUN two']);
  });

  test('executes again what was collected', async () => {
    const first = await build(text);
    executors.gone.add(nameOf(first.result(2)));
    const again = await build(text);
    expect(again.ends.get('RUN two')).toMatchObject({
      cached: false,
      miss: { reason: 'collected' },
    });
    expect(cachedOf(again)).toEqual(['RUN one']);
  });

  test('drops a record that cannot be read', async () => {
    await build(text);
    state.db.exec(`UPDATE build_cache SET result = '{' WHERE text = 'RUN one'`);
    expect(cachedOf(await build(text))).toEqual(['RUN two']);
    expect(cachedOf(await build(text))).toEqual(['RUN one', 'RUN two']);
  });

  test('takes what another daemon has', async () => {
    const result = { kind: 'layers', diffIds: [digestOfText('one')] } as const;
    const imported = importing({ find: (key) => ({ ...record, key, result }) });
    const first = await build('FROM scratch\nRUN one', { imported });
    expect(cachedOf(first)).toEqual(['RUN one']);
    expect(cachedOf(await build('FROM scratch\nRUN one'))).toEqual(['RUN one']);
  });
});

describe('results of elsewhere', () => {
  const layers = (...words: readonly string[]) =>
    ({ kind: 'layers', diffIds: words.map(digestOfText) }) as const;
  const stages = `
    FROM scratch AS a
    RUN a
    FROM scratch
    COPY --from=a / /a
    RUN last`;

  /** Has of each step what `results` says, by its place in the order in which they are asked for. */
  function elsewhere(
    results: readonly (OpResult | undefined)[],
    lost: readonly string[] = [],
  ): ImportedCache & { readonly brought: string[] } {
    const known = new Map<string, OpResult | undefined>();
    const gone = new Set<string>();
    const brought: string[] = [];
    const find = (key: string) => {
      if (!known.has(key)) known.set(key, results[known.size]);
      const result = known.get(key);
      const isGone = result?.kind === 'layers' && result.diffIds.some((id) => gone.has(id));
      return result === undefined || isGone ? undefined : { ...record, key, result };
    };
    const bring: ImportedCache['bring'] = ({ diffIds }) => {
      const bad = diffIds.filter((id) => lost.some((word) => digestOfText(word) === id));
      for (const id of bad) gone.add(id);
      if (bad.length > 0) return Promise.reject(new StaleResult(bad));
      brought.push(diffIds.map(String).join());
      return Promise.resolve();
    };
    return { ...importing({ find, bring }), brought };
  }

  test('are brought only where they are needed in the end', async () => {
    const imported = elsewhere([layers('a'), layers('copy'), layers('copy', 'last')]);
    const told = await build(stages, { imported, needed: [lastNode(stages)] });
    expect(executors.executed).toEqual(['scratch']);
    expect(cachedOf(told)).toEqual(['RUN a', 'COPY --from=a / /a', 'RUN last']);
    expect(imported.brought).toEqual([layers('copy', 'last').diffIds.join()]);
  });

  test('are brought for a step that is executed', async () => {
    const imported = elsewhere([layers('a'), layers('copy')]);
    await build(stages, { imported, needed: [lastNode(stages)] });
    expect(executors.executed).toEqual(['scratch', 'last']);
    expect(imported.brought).toEqual([layers('copy').diffIds.join()]);
  });

  test('that prove to be nowhere are made here, and what was built upon them anew', async () => {
    const imported = elsewhere([layers('a'), layers('copy'), layers('copy', 'last')], ['copy']);
    const told = await build(stages, { imported, needed: [lastNode(stages)] });
    expect(executors.executed).toEqual(['scratch', 'scratch', 'copy', 'last']);
    expect(cachedOf(told)).toEqual(['RUN a']);
    expect(told.failed).toEqual([]);
  });

  test('that do not lie on their base, or have too much, are not believed', async () => {
    const text = 'FROM scratch\nRUN one\nRUN two';
    const tooMuch = elsewhere([layers('one', 'more')]);
    expect(cachedOf(await build(text, { imported: tooMuch }))).toEqual([]);
    const other = elsewhere([layers('one'), layers('other', 'two')]);
    const again = await build(text.replaceAll('RUN ', 'RUN again'), { imported: other });
    expect(cachedOf(again)).toEqual(['RUN againone']);
  });

  test('are left to others by a step that is executed anew', async () => {
    const imported = elsewhere([layers('a'), layers('copy'), layers('copy', 'last')]);
    await build(stages, { imported, isFresh: () => true });
    expect(executors.executed).toEqual(expect.arrayContaining(['a', 'copy', 'last']));
  });

  function lastNode(text: string): number {
    const plans = [{ platform: amd64, plan: planOf(text) }];
    return buildGraph(plans).find(0, plans[0]?.plan.target.result ?? 0) ?? 0;
  }
});

describe('a miss is explained', () => {
  test('the first execution of its kind has nothing to compare with', async () => {
    const { ends } = await build('FROM scratch\nRUN one');
    expect(ends.get('RUN one')?.miss).toEqual({ reason: 'first', changes: [] });
  });

  test('by the argument that is another, where it is used first', async () => {
    const text = 'FROM scratch\nARG VERSION\nRUN build $VERSION\nRUN again $VERSION';
    const withVersion = (version: string) => [
      { platform: amd64, plan: planOf(text, { buildArgs: new Map([['VERSION', version]]) }) },
    ];
    await build(withVersion('1'));
    const { ends } = await build(withVersion('2'));
    const texts = (step: string) => ends.get(step)?.miss?.changes.map((change) => change.text);
    expect(texts('RUN build $VERSION')).toEqual(['ARG VERSION "1" -> "2", first used here']);
    expect(texts('RUN again $VERSION')?.[0]).toBe('ARG VERSION "1" -> "2"');
  });

  test('by the file that is another', async () => {
    executors.contents.set('/a.ts', 'one');
    await build('FROM scratch\nCOPY a.ts /');
    executors.contents.set('/a.ts', 'two');
    const { ends } = await build('FROM scratch\nCOPY a.ts /');
    const { reason, changes = [] } = ends.get('COPY a.ts /')?.miss ?? {};
    expect(reason).toBe('changed');
    expect(changes[0]?.text).toMatch(/^COPY a.ts: a.ts sha256 [0-9a-f]{12}… -> [0-9a-f]{12}…$/);
  });

  test('by the command, when the step is another at the same place', async () => {
    await build('FROM scratch\nRUN make');
    const { ends } = await build('FROM scratch\nRUN make all');
    expect(ends.get('RUN make all')?.miss).toMatchObject({
      reason: 'changed',
      changes: [{ kind: 'command', before: 'make', after: 'make all' }],
    });
  });
});

describe('equal work at the same time', () => {
  test('is done once, and its output is told to all', async () => {
    const both = [build('FROM scratch\nRUN sleep 200'), build('FROM scratch\nRUN sleep 200')];
    await Promise.all(both);
    expect(executors.executed.filter((word) => word.startsWith('sleep'))).toHaveLength(1);
    const first = build('FROM scratch\nRUN say hello 200');
    const second = build('FROM scratch\nRUN say hello 200');
    expect((await first).logs).toEqual(['hello']);
    expect((await second).logs).toEqual(['hello']);
  });

  test('goes on when the build that began it is cancelled', async () => {
    const stop = new AbortController();
    const text = 'FROM scratch\nRUN sleep 100';
    const first = build(text, {}, stop.signal);
    await setTimeout(20);
    const second = build(text);
    await setTimeout(20);
    stop.abort();
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    await second;
    expect(executors.executed.filter((word) => word.startsWith('sleep'))).toHaveLength(1);
  });

  test('of several platforms is done once', async () => {
    const text =
      'FROM --platform=$BUILDPLATFORM scratch AS tool\nRUN tool\nFROM scratch\nCOPY --from=tool / /\nARG TARGETARCH\nRUN for $TARGETARCH';
    const plans = [amd64, arm64].map((platform) => ({
      platform,
      plan: planOf(text, { targetPlatform: platform }),
    }));
    await build(plans);
    expect(executors.executed.filter((word) => word === 'tool')).toHaveLength(1);
    expect(executors.executed.filter((word) => word.startsWith('for'))).toHaveLength(2);
  });
});

describe('failure', () => {
  const text = `
    FROM scratch AS a
    RUN hang
    FROM scratch AS b
    RUN fail
    RUN behind
    FROM scratch
    COPY --from=a / /a
    COPY --from=b / /b`;

  test('of one step stops all others, and nothing runs when it is told', async () => {
    await expect(build(text)).rejects.toMatchObject({
      code: 'failed-precondition',
      facts: { exitCode: '3' },
    });
    expect(executors.runningNow()).toBe(0);
    expect(last.failed).toEqual(['RUN fail']);
    expect(last.cancelled).toContain('RUN hang');
    expect(last.cancelled).toContain('RUN behind');
  });

  test('is not cached', async () => {
    await expect(build('FROM scratch\nRUN fail')).rejects.toThrow('failed');
    await expect(build('FROM scratch\nRUN fail')).rejects.toThrow('failed');
    expect(executors.executed.filter((word) => word === 'fail')).toHaveLength(2);
  });

  test('a cancelled build has ended what it ran within two seconds', async () => {
    const stop = new AbortController();
    const running = build(text.replace('RUN fail', 'RUN hang'), {}, stop.signal);
    await setTimeout(30);
    const before = performance.now();
    stop.abort();
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    expect(performance.now() - before).toBeLessThan(2000);
    expect(executors.runningNow()).toBe(0);
    expect(last.failed).toEqual([]);
  });
});

test('steps are named as people count them', () => {
  const text = 'FROM alpine AS base\nWORKDIR /x\nENV A=1\nRUN one\nFROM base\nRUN two';
  const plans = [{ platform: amd64, plan: planOf(text) }];
  const graph = buildGraph(plans);
  const names = describeNodes({ plans, graph, place: '.' }).map(({ name }) => name);
  expect(names).toEqual([
    '[base 1/3] FROM docker.io/library/alpine:latest',
    '[base 2/3] WORKDIR /x',
    '[base 3/3] RUN one',
    '[stage-1 1/1] RUN two',
  ]);
});

test('what is not of a stage stands where it is used first', () => {
  const text = 'FROM alpine\nRUN one\nCOPY --from=other /a /\nADD https://a.test/b /\nCOPY x y';
  const plans = [{ platform: amd64, plan: planOf(text) }];
  const nodes = describeNodes({ plans, graph: buildGraph(plans), place: '.' });
  const lines = nodes.map(({ name, place }) => [name, place?.range.start.line]);
  expect(lines).toContainEqual(['[1/5] FROM docker.io/library/alpine:latest', 1]);
  expect(lines).toContainEqual(['FROM docker.io/library/other:latest', 3]);
  expect(lines).toContainEqual(['https://a.test/b', 4]);
  expect(lines).toContainEqual(['[internal] load build context', 5]);
});

test('blobs are made of the layers that an image will have, and not of a second build', async () => {
  const sink = { compression: 'gzip', keep: () => Promise.resolve() } as const;
  const made: string[] = [];
  const { execute } = executors.run;
  Object.assign(executors.run, {
    execute(...[op, context]: Parameters<typeof execute>) {
      if (context.blobs === sink) made.push(op.args.at(-1) ?? '');
      return execute(op, context);
    },
  });
  const text = 'FROM a\nRUN one\nRUN two';
  const wanted = planOf(text).target.result;
  const blobs = (node: number) => (node === wanted ? sink : undefined);
  await build(text, { blobs });
  expect(made).toEqual(['two']);
  await build(text, { blobs, apart: ' again' });
  expect(made).toEqual(['two']);
});
