import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UnavailableError } from '@wharf/core';
import { describe, expect, test } from 'vitest';
import type { FailedStep } from '../executor.js';
import type { StepRequest } from '../step-runner.js';
import { addLayers, diffIdsOf, openBench, runOp, writes, type Bench } from './testing/bench.js';
import { readTreeOf } from './testing/fake-files.js';

const secret = { id: 'key', value: Buffer.from('s3cret') };

async function inputsOf(bench: Bench, ...given: Parameters<Bench['context']>) {
  return (op: Parameters<typeof runOp>[0]) =>
    bench.executors.run.inputs(runOp(op), bench.context(...given));
}

describe('the key of RUN', () => {
  test('has all that its process may read', async () => {
    await using bench = await openBench();
    const base = await addLayers(bench, 0, { os: 'x' });
    const inputs = await (await inputsOf(bench))({});
    expect(inputs.map(({ kind, name, value }) => [kind, name, value].join('|'))).toEqual([
      'operation||run',
      'command||/bin/sh',
      'command||-c',
      'command||make',
      'environment|PATH|/bin',
      'environment|VERSION|1',
      `base||${base[0]}`,
      'workdir||/',
      'user||',
      'network||default',
      'platform||linux/amd64',
      'epoch||946684800',
    ]);
  });

  test('changes with each of its fields, and not with proxies or secrets', async () => {
    await using bench = await openBench();
    await addLayers(bench, 0, { os: 'x' });
    const of = async (op: Parameters<typeof runOp>[0], ...given: Parameters<Bench['context']>) =>
      JSON.stringify(await bench.executors.run.inputs(runOp(op), bench.context(...given)));
    const before = await of({});
    const mount = { target: '/m', id: 'c', source: '', readOnly: false } as const;
    const changes: readonly Parameters<typeof runOp>[0][] = [
      { args: ['/bin/sh', '-c', 'make all'] },
      { args: ['/bin/sh', '-c make'] },
      { env: ['PATH=/bin', 'VERSION=2'] },
      { workdir: '/w' },
      { user: 'app' },
      { network: 'none' },
      { security: 'insecure' },
      { devices: ['/dev/fuse'] },
      { scripts: [{ name: 'EOF', content: '#!/bin/sh' }] },
      { platform: { os: 'linux', architecture: 'arm64', variant: '' } },
      { mounts: [{ type: 'cache', sharing: 'shared', ...mount }] },
      { mounts: [{ type: 'cache', sharing: 'locked', ...mount }] },
      { mounts: [{ type: 'tmpfs', target: '/m', readOnly: false }] },
      { mounts: [{ type: 'secret', target: '/m', id: 'key', required: false }] },
      { mounts: [{ type: 'ssh', target: '/m', id: 'default', required: false }] },
    ];
    const keys = await Promise.all(changes.map((op) => of(op)));
    keys.push(await of({}, { epochSeconds: 1 }));
    await addLayers(bench, 0, { os: 'y' });
    keys.push(await of({}));
    expect(new Set([before, ...keys]).size).toBe(keys.length + 1);
    await addLayers(bench, 0, { os: 'x' });
    expect(await of({ proxyEnv: ['http_proxy=x'] }, {}, { secrets: [secret] })).toBe(before);
  });

  test('has the contents of what is mounted, and of a cache what it is called', async () => {
    await using bench = await openBench();
    await addLayers(bench, 0, { os: 'x' });
    const of = async (files: Readonly<Record<string, string>>, type: 'bind' | 'cache') => {
      bench.results.set(1, { kind: 'tree', digest: bench.trees.add(files) });
      const mount = { target: '/m', source: '', readOnly: true, input: 1, id: 'c' } as const;
      const mounts = [type === 'bind' ? { type, ...mount } : { type, sharing: 'shared', ...mount }];
      const op = runOp({ mounts: mounts as ReturnType<typeof runOp>['mounts'] });
      return JSON.stringify(await bench.executors.run.inputs(op, bench.context()));
    };
    expect(await of({ a: '1' }, 'bind')).not.toBe(await of({ a: '2' }, 'bind'));
    expect(await of({ a: '1' }, 'bind')).toContain('"/m: a"');
    expect(await of({ a: '1' }, 'cache')).toBe(await of({ a: '2' }, 'cache'));
  });
});

describe('the process of RUN', () => {
  test('sees what it mounts, and gets secrets as files and variables', async () => {
    await using bench = await openBench();
    await addLayers(bench, 0, { os: 'x' });
    await addLayers(bench, 1, { 'lib/a': 'a' });
    bench.results.set(2, { kind: 'tree', digest: bench.trees.add({ 'src/b': 'b' }) });
    let seen: StepRequest | undefined;
    bench.step = async (request) => {
      seen = request;
      const [, context, cache, , , , scripts] = request.mounts;
      if (context?.kind !== 'bind' || cache?.kind !== 'bind' || scripts?.kind !== 'bind')
        throw new RangeError('other mounts');
      expect([...(await readTreeOf(context.source))]).toEqual([['b', 'b']]);
      expect([...(await readTreeOf(cache.source))]).toEqual([['a', 'a']]);
      const script = join(scripts.source, scripts.subpath);
      expect(await readFile(script, 'utf8')).toBe('#!/bin/python');
      expect((await stat(script)).mode & 0o777).toBe(0o755);
      return {};
    };
    const op = runOp({
      mounts: [
        { type: 'bind', target: '/l', source: '/lib', readOnly: false, input: 1 },
        { type: 'bind', target: '/s', source: '/src', readOnly: true, input: 2 },
        {
          type: 'cache',
          target: '/c',
          id: 'c',
          sharing: 'locked',
          source: '/lib',
          readOnly: false,
          input: 1,
        },
        { type: 'tmpfs', target: '/t', size: 4096, readOnly: false },
        { type: 'secret', target: '', id: 'key', required: true },
        { type: 'secret', target: '', id: 'key', required: true, env: 'KEY' },
        { type: 'ssh', target: '', id: '', required: true },
      ],
      scripts: [{ name: 'EOF', content: '#!/bin/python' }],
      proxyEnv: ['http_proxy=x'],
    });
    const agent = () => Promise.reject(new RangeError('nobody asks'));
    const context = bench.context({ agent }, { secrets: [secret], sshAgents: ['default'] });
    await bench.executors.run.execute(op, context);
    expect(seen?.mounts.map((mount) => `${mount.kind} ${mount.target} ${mount.readOnly}`)).toEqual([
      'stack /l false',
      'bind /s true',
      'bind /c false',
      'tmpfs /t false',
      'secret /run/secrets/key true',
      'socket /run/wharf/ssh_agent.6 false',
      'bind /dev/pipes/EOF true',
    ]);
    expect(seen?.env).toEqual([
      'http_proxy=x',
      'PATH=/bin',
      'VERSION=1',
      'KEY=s3cret',
      'SSH_AUTH_SOCK=/run/wharf/ssh_agent.6',
    ]);
    expect(bench.asked).toEqual(['acquire c', 'release c']);
    expect(bench.scratches.size).toBe(0);
  });

  test('holds cache mounts in the order of their ids, each once, and lets go of them', async () => {
    await using bench = await openBench();
    await addLayers(bench, 0, { os: 'x' });
    const cache = { type: 'cache', sharing: 'locked', source: '', readOnly: false } as const;
    const mounts = ['z', 'a', 'z'].map((id, index) => ({ ...cache, id, target: `/${index}` }));
    await bench.executors.run.execute(runOp({ mounts }), bench.context());
    expect(bench.asked).toEqual(['acquire a', 'acquire z', 'release z', 'release a']);
  });

  test('holds what it has until its step is over, and has no layer when that cannot be ended', async () => {
    await using bench = await openBench();
    await addLayers(bench, 0, { os: 'x' });
    const over = Promise.withResolvers<void>();
    bench.step = async (request) => {
      await writes({ made: '1' })(request);
      return { over: over.promise };
    };
    const mounts = [
      { type: 'cache', id: 'c', sharing: 'locked', source: '', readOnly: false, target: '/c' },
    ] as const;
    const work = bench.executors.run.execute(runOp({ mounts }), bench.context());
    work.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(bench.asked).toEqual(['acquire c']);
    over.reject(new UnavailableError('processes of the step do not die'));
    await expect(work).rejects.toMatchObject({ code: 'unavailable' });
    expect(bench.asked).toEqual(['acquire c', 'release c']);
    expect(bench.harbour.deps.layers.list()).toHaveLength(1);
    expect(bench.scratches.size).toBe(0);
  });

  test('needs what it says that it needs', async () => {
    await using bench = await openBench();
    await addLayers(bench, 0, { os: 'x' });
    const run = (op: Parameters<typeof runOp>[0]) =>
      bench.executors.run.execute(runOp(op), bench.context());
    const required = true;
    await expect(
      run({ mounts: [{ type: 'secret', target: '', id: 'key', required }] }),
    ).rejects.toThrow('the step needs the secret key: give it with --secret id=key');
    await expect(
      run({ mounts: [{ type: 'ssh', target: '', id: 'default', required }] }),
    ).rejects.toThrow('the step needs the agent default');
    await run({
      mounts: [
        { type: 'secret', target: '', id: 'key', required: false },
        { type: 'ssh', target: '', id: 'default', required: false },
      ],
    });
    expect(bench.steps.at(-1)?.mounts).toEqual([]);
  });

  test('is entitled to what the build was, and to no more', async () => {
    await using bench = await openBench();
    await addLayers(bench, 0, { os: 'x' });
    const cases = [
      [{ network: 'host' }, 'network.host'],
      [{ security: 'insecure' }, 'security.insecure'],
      [{ devices: ['/dev/fuse'] }, 'device'],
    ] as const;
    for (const [op, entitlement] of cases) {
      const run = (spec: Parameters<Bench['context']>[1]) =>
        bench.executors.run.execute(runOp(op), bench.context({}, spec));
      await expect(run({})).rejects.toMatchObject({ code: 'permission-denied' });
      await run({ entitlements: [entitlement] });
    }
    const { resources } = bench.context().spec;
    const host = bench.context({}, { resources: { ...resources, network: 'host' } });
    await expect(bench.executors.run.execute(runOp(), host)).rejects.toThrow('RUN --network=host');
    expect(bench.steps.map(({ insecure }) => insecure)).toEqual([false, true, false]);
  });

  test('writes to the log', async () => {
    await using bench = await openBench();
    await addLayers(bench, 0, { os: 'x' });
    bench.step = ({ onOutput }) => {
      onOutput({ stream: 'stderr', data: Buffer.from('hello') });
      return Promise.resolve({});
    };
    await bench.executors.run.execute(runOp(), bench.context());
    expect(bench.log).toEqual(['stderr hello']);
  });
});

describe('a step that fails', () => {
  test('says how its process ended, and leaves nothing', async () => {
    await using bench = await openBench();
    await addLayers(bench, 0, { os: 'x' });
    bench.step = () => Promise.resolve({ exitCode: 2 });
    const before = bench.deps.layers;
    await expect(bench.executors.run.execute(runOp(), bench.context())).rejects.toMatchObject({
      code: 'failed-precondition',
      message: 'process "/bin/sh -c make" did not complete successfully: exit code: 2',
      facts: { exitCode: '2' },
    });
    expect(before.find(diffIdsOf(bench.results.get(0))[0]!)).toBeDefined();
    expect(bench.scratches.size).toBe(0);
    bench.step = () => Promise.resolve({ exitCode: 137, oomKilled: true });
    await expect(bench.executors.run.execute(runOp(), bench.context())).rejects.toThrow(
      'exit code: 137: cannot allocate memory',
    );
  });

  test('is kept for who asked for it, with its mounts, until that is disposed of', async () => {
    await using bench = await openBench();
    await addLayers(bench, 0, { os: 'x' });
    bench.step = async (request) => {
      await writes({ half: 'done' })(request);
      return { exitCode: 1 };
    };
    let kept: FailedStep | undefined;
    const context = bench.context({ keepFailed: (step) => (kept = step) });
    const cache = { type: 'cache', sharing: 'locked', source: '', readOnly: false } as const;
    const op = runOp({ mounts: [{ ...cache, id: 'c', target: '/c' }] });
    await expect(bench.executors.run.execute(op, context)).rejects.toThrow('exit code: 1');
    const upper = bench.steps[0]?.place.upper ?? '';
    expect(await readdir(upper)).toEqual(['half']);
    expect(bench.asked).toEqual(['acquire c', 'release c']);
    const { promise: exitCode, resolve: exit } = Promise.withResolvers<number>();
    Object.assign(bench.deps.steps, {
      open: ({ args, place }: StepRequest) =>
        Promise.resolve({ exitCode, args, upper: place.upper }),
    });
    const look = { args: ['sh'], rows: 1, columns: 1 };
    expect(await kept?.open(look, { signal: bench.harbour.signal })).toMatchObject({
      args: ['sh'],
      upper,
    });
    expect(bench.asked.at(-1)).toBe('acquire c');
    exit(0);
    await expect.poll(() => bench.asked.at(-1)).toBe('release c');
    await kept?.[Symbol.asyncDispose]();
    expect(existsSync(upper)).toBe(false);
    await expect.poll(() => bench.scratches.size).toBe(0);
  });
});
