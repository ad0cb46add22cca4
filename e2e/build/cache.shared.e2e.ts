import { chmod, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useEngine } from '../support.js';
import { building, lines } from '../support/builds.js';

const engine = useEngine();
const { built, folder, read } = building(engine);

/** Each execution of it gives another text. */
const unique = (path: string): string => `RUN cat /proc/sys/kernel/random/uuid >${path}`;

let count = 0;

/** Builds, and gives what these files say: the same text again is a step that was not executed again. */
async function stamps(args: readonly string[], paths: readonly string[]): Promise<string[]> {
  const name = `cache-${count++}`;
  await built(['-t', name, ...args]);
  return Promise.all(paths.map((path) => read(name, path)));
}

const same = (a: readonly string[], b: readonly string[]): boolean[] =>
  a.map((text, at) => text === b[at]);

test('a second build executes nothing and has the same id, whatever the times of files', async () => {
  const context = await folder({
    Dockerfile: lines('FROM busybox', 'COPY . /src/', unique('/one')),
    a: 'a',
    'd/b': 'b',
  });
  await built(['-t', 'cache-again:1', context]);
  await utimes(join(context, 'a'), 5, 5);
  await utimes(join(context, 'd'), 6, 6);
  await built(['-t', 'cache-again:2', context]);
  const ids = ['cache-again:1', 'cache-again:2'].map((name) => engine.inspect(name, '{{.Id}}'));
  expect(new Set(await Promise.all(ids)).size).toBe(1);
});

test('a content that changes misses its copy and what follows, and nothing before', async () => {
  const context = await folder({
    Dockerfile: lines(
      'FROM busybox',
      unique('/0'),
      'COPY a /a',
      unique('/1'),
      'COPY b /b',
      unique('/2'),
    ),
    a: 'a',
    b: 'b',
  });
  const paths = ['/0', '/1', '/2'];
  const first = await stamps([context], paths);
  await writeFile(join(context, 'b'), 'c');
  const second = await stamps([context], paths);
  expect(same(first, second)).toEqual([true, true, false]);
  await writeFile(join(context, 'a'), 'b');
  expect(same(second, await stamps([context], paths))).toEqual([true, false, false]);
  await writeFile(join(context, 'a'), 'a');
  await writeFile(join(context, 'b'), 'b');
  expect(same(first, await stamps([context], paths))).toEqual([true, true, true]);
});

test('a mode that changes misses, a file that no copy takes does not', async () => {
  const context = await folder({
    Dockerfile: lines('FROM busybox', 'COPY d /d', unique('/0')),
    'd/a': 'a',
    other: 'x',
  });
  const first = await stamps([context], ['/0']);
  await writeFile(join(context, 'other'), 'y');
  expect(same(first, await stamps([context], ['/0']))).toEqual([true]);
  await chmod(join(context, 'd/a'), 0o755);
  expect(same(first, await stamps([context], ['/0']))).toEqual([false]);
});

test('a name that changes misses', async () => {
  const dockerfile = lines('FROM busybox', 'COPY . /d/', unique('/0'));
  const first = await stamps([await folder({ 'x/a': 'a', Dockerfile: dockerfile })], ['/0']);
  const again = await stamps([await folder({ 'x/a': 'a', Dockerfile: dockerfile })], ['/0']);
  const other = await stamps([await folder({ 'x/b': 'a', Dockerfile: dockerfile })], ['/0']);
  expect(same(first, again)).toEqual([true]);
  expect(same(first, other)).toEqual([false]);
});

test('an argument counts from where it is declared', async () => {
  const context = await folder({
    Dockerfile: lines(
      'FROM busybox',
      unique('/0'),
      'ARG version=1',
      unique('/1'),
      'ENV other=2',
      unique('/2'),
    ),
  });
  const paths = ['/0', '/1', '/2'];
  const first = await stamps([context], paths);
  const second = await stamps(['--build-arg', 'version=2', context], paths);
  expect(same(first, second)).toEqual([true, false, false]);
  const third = await stamps(['--build-arg', 'version=1', context], paths);
  expect(same(first, third)).toEqual([true, true, true]);
});

test('metadata alone does not miss steps that follow', async () => {
  const head = ['FROM busybox', unique('/0')];
  const first = await stamps(
    [await folder({ Dockerfile: lines(...head, 'LABEL a=1', unique('/1')) })],
    ['/0', '/1'],
  );
  const second = await stamps(
    [await folder({ Dockerfile: lines(...head, 'LABEL a=2', unique('/1')) })],
    ['/0', '/1'],
  );
  expect(same(first, second)).toEqual([true, true]);
});

test('--no-cache executes everything again', async () => {
  const context = await folder({ Dockerfile: lines('FROM busybox', unique('/0')) });
  const first = await stamps([context], ['/0']);
  expect(same(first, await stamps([context], ['/0']))).toEqual([true]);
  expect(same(first, await stamps(['--no-cache', context], ['/0']))).toEqual([false]);
});

test('stages that nothing needs are never executed', async () => {
  const context = await folder({
    Dockerfile: lines(
      'FROM busybox AS broken',
      'RUN exit 1',
      'FROM busybox AS needed',
      unique('/0'),
      'FROM broken AS also-broken',
      'RUN exit 2',
      'FROM busybox',
      'COPY --from=needed /0 /0',
    ),
  });
  expect(await stamps([context], ['/0'])).toHaveLength(1);
});

test('identical builds at the same time execute a step once', async () => {
  const context = await folder({
    Dockerfile: lines('FROM busybox', `${unique('/0')} && sleep 1`),
  });
  const all = await Promise.all([1, 2, 3].map(() => stamps([context], ['/0'])));
  expect(new Set(all.flat()).size).toBe(1);
});

test('progress says what was in the cache', async () => {
  const context = await folder({ Dockerfile: lines('FROM busybox', 'RUN echo once') });
  const cached = async (): Promise<boolean> => {
    const shown = await built(['--progress', 'plain', context]);
    const step = /^#(\d+) \[2\/2\] RUN echo once$/m.exec(shown)?.[1] ?? 'none';
    return new RegExp(`^#${step} CACHED$`, 'm').test(shown);
  };
  expect([await cached(), await cached()]).toEqual([false, true]);
});

test('stages that do not need each other are executed at the same time', async () => {
  const stages = ['one', 'two', 'three'];
  const all = stages.map((name) => `[ -e /met/${name} ]`).join(' && ');
  // Each waits for the others, in a cache mount that they share.
  const meet = (name: string): string =>
    `RUN --mount=type=cache,target=/met touch /met/${name}; ` +
    `for i in $(seq 200); do ${all} && touch /${name} && exit 0; sleep 0.1; done; exit 1`;
  const context = await folder({
    Dockerfile: lines(
      ...stages.flatMap((name) => [`FROM busybox AS ${name}`, meet(name)]),
      'FROM busybox',
      ...stages.map((name) => `COPY --from=${name} /${name} /`),
    ),
  });
  await built([context]);
});
