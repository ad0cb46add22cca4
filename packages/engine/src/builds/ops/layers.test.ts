import { describe, expect, test } from 'vitest';
import {
  addLayers,
  chainOf,
  copyOp,
  diffIdsOf,
  openBench,
  runOp,
  writes,
} from './testing/bench.js';
import { readTreeOf } from './testing/fake-files.js';

describe('an operation that writes', () => {
  test('gives a layer on top, which is held, here, and has no blob', async () => {
    await using bench = await openBench();
    const base = await addLayers(bench, 0, { 'etc/os': 'x' });
    bench.step = writes({ 'out/file': 'made' });
    const result = await bench.executors.run.execute(runOp(), bench.context());
    const diffIds = diffIdsOf(result);
    expect(diffIds.slice(0, -1)).toEqual(base);
    const [top = ''] = bench.deps.layers.directories(diffIds);
    expect([...(await readTreeOf(top))]).toEqual([['out/file', 'made']]);
    expect(chainOf(result).every((digest) => bench.held.has(digest))).toBe(true);
    expect(await bench.harbour.deps.content.list()).toEqual([]);
    expect(bench.scratches.size).toBe(0);
    expect(await bench.executors.run.isHere(result, bench.context())).toBe(true);
  });

  test('gives the same layer for the same content, however it came about', async () => {
    await using bench = await openBench();
    await addLayers(bench, 0, { 'etc/os': 'x' });
    bench.step = writes({ 'app/file': 'made' });
    const first = await bench.executors.run.execute(runOp(), bench.context());
    bench.results.set(1, { kind: 'tree', digest: bench.trees.add({ file: 'made' }) });
    const second = await bench.executors.copy.execute(copyOp(), bench.context());
    expect(second).toEqual(first);
  });

  test('gives the layers as they were when nothing has changed', async () => {
    await using bench = await openBench();
    const base = await addLayers(bench, 0, { 'app/file': 'made' });
    bench.step = writes({ 'app/file': 'made' });
    const run = await bench.executors.run.execute(runOp(), bench.context());
    expect(diffIdsOf(run)).toEqual(base);
    const op = { id: 9, kind: 'directory', inputs: [0], base: 0, path: '/w', user: '' } as const;
    const made = await bench.executors.directory.execute(op, bench.context());
    expect(diffIdsOf(made)).toHaveLength(2);
    bench.results.set(0, made);
    expect(await bench.executors.directory.execute(op, bench.context())).toEqual(made);
  });

  test('lies on the files of a context as on an image', async () => {
    await using bench = await openBench();
    bench.results.set(0, { kind: 'tree', digest: bench.trees.add({ base: 'b' }) });
    bench.step = writes({ top: 't' });
    const result = await bench.executors.run.execute(runOp(), bench.context());
    const [top = '', below = ''] = bench.deps.layers.directories(diffIdsOf(result));
    expect([...(await readTreeOf(below)), ...(await readTreeOf(top))]).toEqual([
      ['base', 'b'],
      ['top', 't'],
    ]);
  });

  test('refuses to go deeper than images can be', async () => {
    await using bench = await openBench();
    const [layer] = await addLayers(bench, 0, { a: 'a' });
    const diffIds = Array.from({ length: 128 }, () => layer!);
    bench.results.set(0, { kind: 'layers', diffIds });
    await expect(bench.executors.run.execute(runOp(), bench.context())).rejects.toThrow(
      'max depth exceeded',
    );
  });
});

describe('COPY', () => {
  test('depends on contents, destination, owner, mode and the base, and not on what gave them', async () => {
    await using bench = await openBench();
    await addLayers(bench, 0, { 'etc/os': 'x' });
    bench.results.set(1, { kind: 'tree', digest: bench.trees.add({ a: '1', b: '2' }) });
    const inputs = await bench.executors.copy.inputs(copyOp(), bench.context());
    const kinds = inputs.map(({ kind, name }) => `${kind} ${name}`.trim());
    expect(kinds).toEqual([
      'operation',
      'path',
      'destination',
      'file a',
      'file b',
      'content',
      'base',
      'epoch',
    ]);
    await addLayers(bench, 1, { a: '1' }, { b: '2' });
    expect(await bench.executors.copy.inputs(copyOp(), bench.context())).toEqual(inputs);
    const mode = { kind: 'bits', bits: 0o755 } as const;
    const other = copyOp({ owner: 'app', mode, exclude: ['*.md'], link: true });
    const more = await bench.executors.copy.inputs(other, bench.context());
    expect(more.filter((one) => !inputs.some((two) => two.value === one.value))).toEqual([
      { kind: 'operation', name: '', value: 'copy --link' },
      { kind: 'owner', name: '', value: 'app' },
      { kind: 'mode', name: '', value: '755' },
      { kind: 'exclude', name: '', value: '*.md' },
    ]);
  });

  test('with link has the same layer on any base', async () => {
    await using bench = await openBench();
    bench.results.set(1, { kind: 'tree', digest: bench.trees.add({ a: '1' }) });
    await addLayers(bench, 0, { 'app/a': '1' });
    const first = await bench.executors.copy.execute(copyOp({ link: true }), bench.context());
    expect(bench.files.calls).toContain('copy to /app/ over 0');
    await addLayers(bench, 0, { other: 'x' });
    const second = await bench.executors.copy.execute(copyOp({ link: true }), bench.context());
    expect(diffIdsOf(second).at(-1)).toBe(diffIdsOf(first).at(-1));
    expect(diffIdsOf(second)[0]).not.toBe(diffIdsOf(first)[0]);
  });
});

test('a result is not here when a layer or a tree of it is gone', async () => {
  await using bench = await openBench();
  await addLayers(bench, 0, { a: 'a' });
  const result = bench.results.get(0)!;
  const { isHere } = bench.executors.copy;
  const [chain] = chainOf(result);
  expect(await isHere(result, bench.context())).toBe(true);
  await bench.harbour.deps.layers.remove(chain!, { signal: bench.harbour.signal });
  expect(await isHere(result, bench.context())).toBe(false);
  const absent = { kind: 'tree', digest: 'sha256:none' } as const;
  expect(await isHere(absent, bench.context())).toBe(false);
});
