import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UnavailableError, type BuildFrame, type BuildSpec } from '@wharf/core';
import type { BuildsDependencies } from './dependencies.js';
import { memoryTrees, sourceOf } from './testing/memory-trees.js';
import { framesOf, openWorkshop, specOf, type Workshop } from './testing/workshop.js';

let shop: Workshop;
const options = { signal: AbortSignal.timeout(30_000) };

beforeEach(async () => {
  shop = await openWorkshop();
});
afterEach(() => shop[Symbol.asyncDispose]());

const build = (text: string, change: Partial<BuildSpec> = {}, signal = options.signal) =>
  framesOf(shop.builds.build(specOf(text, change), { signal }));

function of<K extends BuildFrame['kind']>(
  frames: readonly BuildFrame[],
  kind: K,
): Extract<BuildFrame, { kind: K }>[] {
  return frames.filter((frame) => frame.kind === kind) as Extract<BuildFrame, { kind: K }>[];
}

describe('a build', () => {
  test('tells its steps, their logs and states, and its result', async () => {
    const frames = await build('FROM alpine\nRUN say hello\nRUN two');
    expect(frames[0]?.kind).toBe('started');
    expect(of(frames, 'step').map(({ step }) => step.name)).toEqual([
      '[internal] load build definition from Dockerfile',
      '[internal] load metadata for docker.io/library/alpine:latest',
      '[1/3] FROM docker.io/library/alpine:latest',
      '[2/3] RUN say hello',
      '[3/3] RUN two',
      'exporting to image',
    ]);
    expect(of(frames, 'log').map(({ data }) => Buffer.from(data).toString())).toEqual(['hello']);
    const result = of(frames, 'done')[0]?.result;
    expect(result).toMatchObject({ cachedSteps: 0, executedSteps: 3, image: { names: ['t'] } });
    expect(result?.lock).toContain('docker.io/library/alpine:latest linux/amd64');
    expect(JSON.parse(result?.metadata ?? '')).toMatchObject({ made: 'here' });
    const again = await build('FROM alpine\nRUN say hello\nRUN two');
    expect(of(again, 'done')[0]?.result).toMatchObject({ cachedSteps: 3, executedSteps: 0 });
  });

  test('is recorded with its steps and logs, and says later why it was executed', async () => {
    await build('FROM scratch\nRUN make');
    await build('FROM scratch\nRUN make all\nRUN say hi');
    const record = await shop.builds.get('latest', options);
    expect(record).toMatchObject({ status: 'completed', name: '.', image: { names: ['t'] } });
    expect(await shop.builds.get(record.id.slice(0, 8), options)).toEqual(record);
    expect(await shop.builds.list(options)).toHaveLength(2);
    const logs = await framesOf(shop.builds.logs('latest', options));
    expect(of(logs, 'log').map(({ data }) => Buffer.from(data).toString())).toEqual(['hi']);
    const explained = await shop.builds.explain('latest', '', options);
    expect(explained.map(({ miss }) => miss?.reason)).toEqual(['changed', 'first']);
    expect(explained[0]?.miss?.changes[0]?.text).toBe('command "make" -> "make all"');
    expect(explained[0]?.inputs).toContainEqual({ kind: 'command', name: '', value: 'make all' });
    const [named] = await shop.builds.explain('latest', 'RUN say', options);
    expect(named?.step.name).toBe('[2/2] RUN say hi');
    await expect(shop.builds.explain('latest', 'RUN no', options)).rejects.toMatchObject({
      code: 'not-found',
    });
    await shop.builds.remove('latest', options);
    expect(await shop.builds.list(options)).toHaveLength(1);
  });

  test('that fails says the step, its code and the lines', async () => {
    const failing = build('FROM scratch\nRUN one\nRUN fail');
    await expect(failing).rejects.toMatchObject({
      code: 'failed-precondition',
      facts: { step: '[2/2] RUN fail', exitCode: '3', line: '3' },
    });
    const { facts } = (await failing.catch((error: unknown) => error)) as {
      facts: { excerpt: string };
    };
    expect(facts.excerpt).toContain('>>  3 | RUN fail');
    const record = await shop.builds.get('latest', options);
    expect(record).toMatchObject({ status: 'failed', error: 'the command has failed' });
    expect(record.steps.at(-1)?.state.kind).toBe('failed');
  });

  test('whose base cannot be had names it, and the line of its FROM', async () => {
    const baseImages = {
      resolve: () => Promise.reject(new UnavailableError('registry.test: no such host')),
    };
    await using other = await openWorkshop({ baseImages } as Partial<BuildsDependencies>);
    const failing = framesOf(other.builds.build(specOf('FROM scratch AS a\nFROM b/c'), options));
    await expect(failing).rejects.toMatchObject({
      code: 'unavailable',
      message: 'docker.io/b/c:latest: registry.test: no such host',
      facts: { file: 'Dockerfile', line: '2' },
    });
  });

  test('that its reader leaves has ended when he is told so', async () => {
    for await (const frame of shop.builds.build(specOf('FROM scratch\nRUN hang'), options))
      if (
        frame.kind === 'state' &&
        frame.state.kind === 'running' &&
        shop.executors.runningNow() > 0
      )
        break;
    expect(shop.executors.runningNow()).toBe(0);
    expect(await shop.builds.get('latest', options)).toMatchObject({ status: 'cancelled' });
  });

  test('that is cancelled is cancelled', async () => {
    const stop = new AbortController();
    const running = build('FROM scratch\nRUN hang', {}, stop.signal);
    await setTimeout(50);
    expect(await shop.builds.get('latest', options)).toMatchObject({ status: 'running' });
    stop.abort();
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    expect(shop.executors.runningNow()).toBe(0);
  });

  test('is not made faster than it is read', async () => {
    shop.output = Array.from({ length: 64 }, () => Buffer.alloc(256 * 1024));
    let most = 0;
    let read = 0;
    for await (const frame of shop.builds.build(specOf('FROM scratch'), options)) {
      if (frame.kind !== 'output') continue;
      read += frame.data.byteLength;
      await setTimeout(1);
      most = Math.max(most, shop.made() - read);
    }
    expect(read).toBe(64 * 256 * 1024);
    expect(most).toBeLessThan(3 * 1024 * 1024);
  });

  test('warns of what checks find and of arguments that nothing declares', async () => {
    const frames = await build('from scratch AS A\nENV a=$b\nRUN $c', {
      buildArgs: new Map([['FOO', '1']]),
    });
    const warnings = of(frames, 'warning').map(({ warning }) => warning);
    expect(warnings.map(({ rule }) => rule)).toContain('UndefinedVar');
    expect(warnings.at(-1)?.message).toBe(
      '[Warning] One or more build-args [FOO] were not consumed',
    );
    expect(warnings[0]?.url).toMatch(/^https:.*\/[a-z-]+\/$/);
    expect(warnings[0]?.place?.excerpt).toContain('>>');
  });

  test('whose checks are errors is refused', async () => {
    await expect(build('# check=error=true\nFROM scratch\nENV a=$c')).rejects.toMatchObject({
      code: 'invalid-argument',
    });
  });

  test.each([
    ['the host network without having asked', 'FROM scratch\nRUN --network=host x', []],
    ['what the daemon does not allow', 'FROM scratch', ['security.insecure'] as const],
  ])('with %s is denied', async (_what, text, entitlements) => {
    await expect(build(text, { entitlements })).rejects.toMatchObject({
      code: 'permission-denied',
    });
    expect(shop.executors.executed).toEqual([]);
  });

  test('with what was asked for and is allowed runs', async () => {
    await build('FROM scratch\nRUN --network=host x', { entitlements: ['network.host'] });
    expect(shop.executors.executed).toContain('x');
  });

  test('with a second one tells that both are the same', async () => {
    const frames = await build('FROM scratch\nRUN one', { verify: true });
    expect(of(frames, 'verified')).toEqual([{ kind: 'verified', same: true, differences: [] }]);
    expect(shop.executors.executed.filter((word) => word === 'one')).toHaveLength(2);
  });

  test('with a second one names the step that differed first, and its files', async () => {
    const path = Buffer.from('/f');
    const compareTrees = () =>
      Promise.resolve([
        { kind: 'modified', path: Buffer.from('/') },
        { kind: 'modified', path, differs: ['mode', 'content'] },
        { kind: 'added', path: Buffer.from('/g') },
      ] as const);
    const pack = { compareTrees } as unknown as BuildsDependencies['pack'];
    await using other = await openWorkshop({ pack });
    const spec = specOf('FROM scratch\nRUN one\nRUN random\nRUN two', { verify: true });
    const frames = await framesOf(other.builds.build(spec, options));
    expect(of(frames, 'verified')).toEqual([
      {
        kind: 'verified',
        same: false,
        differences: [
          '[2/3] RUN random: /f (mode, content)',
          '[2/3] RUN random: /g (only in the second build)',
        ],
      },
    ]);
  });

  test('is told by events from its start to its end', async () => {
    await build('FROM scratch\nRUN one', { contextName: 'https://a:b@example.org/x.git' });
    await expect(build('FROM scratch\nRUN fail')).rejects.toThrow();
    await shop.builds.prune(options);
    const events = shop.state.db.prepare('SELECT * FROM events').all();
    const told = events.map(({ action }) => action);
    expect(told).toEqual(['start', 'complete', 'start', 'fail', 'prune']);
    expect(JSON.stringify(events)).toContain('https://example.org/x.git');
    expect(JSON.stringify(events)).not.toContain('a:b@');
  });

  test('is recorded and shown without the passwords of addresses', async () => {
    const text =
      'FROM scratch\nADD https://a:b@example.org/f /\nADD https://a:b@example.org/x.git /x\nRUN one';
    const frames = await build(text, { contextName: 'https://a:b@example.org/x.git' });
    const [record] = await shop.builds.list(options);
    expect(record?.name).toBe('https://example.org/x.git');
    const { db } = shop.state;
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    const stored = tables.map(({ name }) => db.prepare(`SELECT * FROM "${String(name)}"`).all());
    const everything = JSON.stringify([frames, record, stored]);
    expect(everything).toContain('https://example.org/f');
    expect(everything).not.toContain('a:b@');
  });

  test.each([
    ['FROM scratch\nrun x\nRUN y\nRUN z', 1],
    ['FROM scratch\nRUN x', 0],
  ])('is asked what checks find in %j, as text and as JSON', async (text, exitCode) => {
    const found = await shop.builds.ask(specOf(text), 'check', options);
    expect(found.exitCode).toBe(exitCode);
    const { warnings } = JSON.parse(found.json) as { warnings: readonly { rule: string }[] };
    expect(found.json).toBe(JSON.stringify({ warnings }, undefined, 2));
    expect(warnings).toHaveLength(exitCode);
    for (const { rule } of warnings) expect(found.text).toContain(`WARNING: ${rule} - https://`);
  });

  test('executes stages that --no-cache-filter names', async () => {
    const text = 'FROM scratch AS a\nRUN one\nFROM scratch AS b\nRUN two\nCOPY --from=a / /';
    await build(text);
    await build(text, { noCacheStages: ['B'] });
    const runs = shop.executors.executed.filter((word) => word === 'one' || word === 'two');
    expect(runs.toSorted()).toEqual(['one', 'two', 'two']);
  });
});

describe('contexts', () => {
  test('are synced, and the Dockerfile is read from them through links', async () => {
    const client = memoryTrees();
    const digest = client.plant({
      'docker/real': 'FROM scratch\nCOPY a.txt /',
      Dockerfile: '-> docker/real',
      'a.txt': 'a',
    });
    const synced = await shop.builds.syncTree(digest, sourceOf(client), options);
    expect(synced.receivedPieces).toBe(4);
    expect(await shop.builds.syncTree(digest, sourceOf(client), options)).toEqual({
      receivedBytes: 0,
      receivedPieces: 0,
    });
    const { dockerfile: _, ...spec } = specOf('', { context: { kind: 'tree', digest } });
    const frames = await framesOf(shop.builds.build(spec, options));
    expect(of(frames, 'done')).toHaveLength(1);
    expect(shop.executors.executed).toContain('copy');
  });

  test('without a Dockerfile, or gone, are told so', async () => {
    const digest = shop.trees.plant({ a: 'a' });
    const { dockerfile: _, ...spec } = specOf('', { context: { kind: 'tree', digest } });
    await expect(framesOf(shop.builds.build(spec, options))).rejects.toMatchObject({
      code: 'not-found',
      facts: { suggestion: 'name another one by --file' },
    });
    shop.trees.pieces.clear();
    await expect(framesOf(shop.builds.build(spec, options))).rejects.toMatchObject({
      code: 'failed-precondition',
    });
  });
});

describe('the cache', () => {
  test('is listed and pruned, and its records go with it', async () => {
    await build('FROM scratch\nRUN one\nRUN two');
    const records = await shop.builds.cache(options);
    expect(records.map(({ description }) => description).toSorted()).toEqual([
      '[1/2] RUN one',
      '[2/2] RUN two',
    ]);
    const filters = new Map([['description', ['one']]]);
    const pruned = await shop.builds.prune({ ...options, filters });
    expect(pruned).toMatchObject({ removed: [expect.any(String)], reclaimed: 7 });
    expect(await shop.builds.cache(options)).toHaveLength(1);
  });

  test.each([
    ['colour', 'red', "invalid filter 'colour': use one of description, id, inuse,"],
    ['type', 'red', "invalid filter 'type=red': use one of layer, tree, cache-mount, image, git,"],
    ['inuse', 'red', "invalid filter 'inuse=red': use one of true, false"],
  ])('is neither listed nor pruned by %s=%s', async (key, value, message) => {
    const asked = { ...options, filters: new Map([[key, [value]]]) };
    await expect(shop.builds.cache(asked)).rejects.toThrow(message);
    await expect(shop.builds.prune(asked)).rejects.toThrow(message);
  });

  test.each([
    ['colour', 'red', "invalid filter 'colour': use one of id, name, ref, status, target, until"],
    ['status', 'red', "invalid filter 'status=red': use one of running, completed, failed,"],
  ])('builds are not listed by %s=%s', async (key, value, message) => {
    const filters = new Map([[key, [value]]]);
    await expect(async () => shop.builds.list({ ...options, filters })).rejects.toThrow(message);
  });

  test('that a build uses is not pruned', async () => {
    await build('FROM scratch\nRUN one');
    const stop = new AbortController();
    const running = build('FROM scratch\nRUN one\nRUN hang', {}, stop.signal);
    await setTimeout(50);
    expect((await shop.builds.prune({ ...options, all: true })).removed).toEqual([]);
    stop.abort();
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    expect((await shop.builds.prune({ ...options, all: true })).removed).toHaveLength(1);
  });
});

describe('at the start', () => {
  test('what a daemon that was killed has left is ended', async () => {
    const stop = new AbortController();
    const running = build('FROM scratch\nRUN hang', {}, stop.signal);
    await setTimeout(50);
    const builds = join(shop.root, 'builds');
    await mkdir(join(builds, 'tmp', 'remains', 'deep'), { recursive: true });
    await mkdir(join(builds, 'cache-mounts', 'stray'), { recursive: true });
    await mkdir(join(builds, 'logs'), { recursive: true });
    await writeFile(join(builds, 'logs', 'stray'), '');
    const next = shop.reopen();
    const done = await next.adopt(options.signal);
    expect(done).toEqual([
      '2 steps of builds that a daemon has left were ended',
      '1 builds had not ended and have failed',
      '1 cache mounts without a record were removed',
    ]);
    expect(await next.get('latest', options)).toMatchObject({
      status: 'failed',
      error: 'the daemon ended',
    });
    expect(await readdir(join(builds, 'tmp'))).toEqual([]);
    expect(await readdir(join(builds, 'logs'))).not.toContain('stray');
    stop.abort();
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    await next.close();
  });

  test('a record of a build that cannot be read is passed over', async () => {
    await build('FROM scratch');
    await build('FROM scratch');
    shop.state.db.exec(
      `UPDATE builds SET record = '{' WHERE id = (SELECT id FROM builds ORDER BY started_ms LIMIT 1)`,
    );
    expect(await shop.builds.list(options)).toHaveLength(1);
    expect(await shop.builds.get('latest', options)).toMatchObject({ status: 'completed' });
  });
});

test('a build that writes nothing has no log, and its steps are told all the same', async () => {
  await build('FROM scratch');
  const logs = join(shop.root, 'builds', 'logs');
  expect(await readdir(logs).catch(() => [])).toEqual([]);
  const kinds = new Set<string>();
  for await (const { kind } of shop.builds.logs('latest', options)) kinds.add(kind);
  expect([...kinds]).toEqual(['step', 'state']);
});

test('the last fifty builds are remembered', async () => {
  // What is warned of is in the log.
  const dockerfile = 'FROM scratch\nMAINTAINER me';
  for (let count = 0; count < 53; count++) await build(dockerfile, { outputs: [] });
  expect(await shop.builds.list(options)).toHaveLength(50);
  expect(await readdir(join(shop.root, 'builds', 'logs'))).toHaveLength(50);
}, 60_000);
