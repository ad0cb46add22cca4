import { CancelledError, WharfError } from '@wharf/core';
import type { AgentConnection, BuildFrame } from '@wharf/core';
import { sampleBuildSpec } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import { collect, testDaemon } from './test-daemon.js';

const { signal } = new AbortController();
const spec = sampleBuildSpec;

function log(data: Uint8Array): BuildFrame {
  return { kind: 'log', stepId: 1, stream: 'stdout', data, at: new Date(0) };
}

describe('a build that fails', () => {
  test('tells the step, its exit code and the lines, after all that was sent before', async () => {
    const facts = {
      step: '[2/2] RUN make',
      exitCode: '2',
      excerpt: '  1 | FROM a\n  2 | RUN make',
    };
    await using daemon = await testDaemon({
      builds: {
        async *build() {
          yield await Promise.resolve(log(Buffer.from('x')));
          throw new WharfError('failed-precondition', '"make" ended with code 2', { facts });
        },
      },
    });
    const frames = daemon.client.builds.build(spec, { signal })[Symbol.asyncIterator]();
    expect((await frames.next()).value).toMatchObject({ kind: 'log' });
    await expect(frames.next()).rejects.toMatchObject({ code: 'failed-precondition', facts });
  });

  test('leaves neither secrets nor arguments in the log of calls', async () => {
    await using daemon = await testDaemon({
      builds: {
        build() {
          throw new WharfError('invalid-argument', 'wrong');
        },
        async *logs() {},
      },
    });
    const secret = { id: 'token', value: Buffer.from('canary-secret') };
    const buildArgs = new Map([['A', 'canary-argument']]);
    const secretive = { ...spec, secrets: [secret], buildArgs };
    await expect(collect(daemon.client.builds.build(secretive, { signal }))).rejects.toThrow();
    await daemon.client.builds.ask(secretive, 'check', { signal });
    const large = { ...secretive, platforms: Array.from({ length: 10_001 }, () => 'canary') };
    await expect(collect(daemon.client.builds.build(large, { signal }))).rejects.toThrow();
    expect(daemon.log).toHaveLength(2);
    expect(JSON.stringify(daemon.log)).not.toContain('canary');
  });
});

describe('what is too large', () => {
  test('is refused by the client, and the daemon is not asked', async () => {
    await using daemon = await testDaemon();
    const { builds } = daemon.client;
    const secrets = [{ id: 'key', value: Buffer.alloc(500 * 1024 + 1) }];
    await expect(collect(builds.build({ ...spec, secrets }, { signal }))).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('the secret "key" has 512001 bytes') as string,
    });
    await expect(builds.ask({ ...spec, secrets }, 'check', { signal })).rejects.toMatchObject({
      code: 'invalid-argument',
    });
    const many = Array.from({ length: 34 }, () => ({ id: 'k', value: Buffer.alloc(500 * 1024) }));
    const all = { ...spec, secrets: many };
    await expect(collect(builds.build(all, { signal }))).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('at most 16 MiB are allowed') as string,
    });
    expect(daemon.engine.calls).toEqual([]);
  });

  test('is not a Dockerfile of 1 MiB', async () => {
    await using daemon = await testDaemon();
    const dockerfile = '#'.repeat(2 ** 20);
    await collect(daemon.client.builds.build({ ...spec, dockerfile }, { signal }));
    const [sent] = daemon.engine.calls[0]?.args as [typeof spec];
    expect(sent.dockerfile === dockerfile).toBe(true);
  });
});

describe('frames of a build', () => {
  test('wait for who takes them', async () => {
    const data = Buffer.alloc(64 * 1024, 7);
    let produced = 0;
    await using daemon = await testDaemon({
      builds: {
        async *build() {
          for (; produced < 1000; produced++) {
            yield await Promise.resolve({ kind: 'output', index: 0, data, last: false });
          }
        },
      },
    });
    const frames = daemon.client.builds.build(spec, { signal })[Symbol.asyncIterator]();
    const first = (await frames.next()).value as Extract<BuildFrame, { kind: 'output' }>;
    const held = await settled(() => produced);
    expect(held * data.length).toBeLessThan(12 * 1024 * 1024);
    let bytes = first.data.length;
    for (let next = await frames.next(); next.done !== true; next = await frames.next()) {
      if (next.value.kind === 'output') bytes += next.value.data.length;
    }
    expect(bytes).toBe(1000 * data.length);
  });

  test('of several outputs at once come back to each as they were', async () => {
    const frames = Array.from({ length: 40 }, (_, at) => ({
      kind: 'output' as const,
      index: Math.floor(at / 3) % 2,
      data: Buffer.alloc([10, 70_000, 700_000][at % 3] ?? 0, at),
      last: false,
    }));
    const ends = [0, 1].map((index) => ({
      ...frames[0],
      index,
      data: Buffer.alloc(0),
      last: true,
    }));
    await using daemon = await testDaemon({
      builds: {
        async *build() {
          for (const frame of [...frames, ...ends])
            yield await Promise.resolve(frame as BuildFrame);
        },
      },
    });
    const parts: Uint8Array[][] = [[], []];
    const ended: number[] = [];
    for await (const frame of daemon.client.builds.build(spec, { signal })) {
      if (frame.kind !== 'output') continue;
      if (frame.last) ended.push(frame.index);
      parts[frame.index]?.push(Buffer.from(frame.data));
    }
    expect(ended).toEqual([0, 1]);
    for (const index of [0, 1]) {
      const sent = frames.filter((frame) => frame.index === index).map(({ data }) => data);
      expect(Buffer.concat(parts[index] ?? []).equals(Buffer.concat(sent))).toBe(true);
    }
  });

  test.each(['abort', 'leave'])('end at once for who does: %s', async (way) => {
    const left = Promise.withResolvers<unknown>();
    await using daemon = await testDaemon({
      builds: {
        async *build(_, options) {
          options.signal.addEventListener('abort', () => left.resolve(options.signal.reason));
          yield log(Buffer.from('x'));
          await new Promise(() => undefined);
        },
      },
    });
    const controller = new AbortController();
    const frames = daemon.client.builds
      .build(spec, { signal: controller.signal })
      [Symbol.asyncIterator]();
    await frames.next();
    if (way === 'abort') {
      const reason = new CancelledError('enough');
      const next = frames.next();
      controller.abort(reason);
      await expect(next).rejects.toBe(reason);
    } else {
      await frames.return?.();
    }
    expect(await left.promise).toMatchObject({ code: 'cancelled' });
  });
});

/** An agent that answers each message with itself in capitals. */
function shoutingAgent(): AgentConnection & { readonly closed: Promise<void> } {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>({
    transform: (data, controller) =>
      controller.enqueue(Buffer.from(Buffer.from(data).toString().toUpperCase())),
  });
  const writer = writable.getWriter();
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  return {
    output: readable,
    closed,
    write: (data) => writer.write(data),
    async close() {
      resolve();
      await writer.close().catch(() => undefined);
    },
  };
}

type Step = (agent: (id: string) => Promise<AgentConnection>) => Promise<string>;

/** A daemon whose builds are one step that talks to agents; what it says is the log. */
function daemonOf(step: Step) {
  return testDaemon({
    builds: {
      async *build(_, { agent }) {
        yield log(Buffer.from(await step(agent ?? (() => Promise.reject(new Error('none'))))));
      },
    },
  });
}

async function said(frames: AsyncIterable<BuildFrame>): Promise<string> {
  return (await collect(frames)).map((each) => ('data' in each ? each.data.toString() : '')).join();
}

describe('agents', () => {
  test('are reached from steps, several at a time, and closed with the step', async () => {
    const agents = [shoutingAgent(), shoutingAgent()] as const;
    await using daemon = await daemonOf(async (agent) => {
      const talk = async (id: string): Promise<string> => {
        const connection = await agent(id);
        const output = connection.output[Symbol.asyncIterator]();
        const heard: string[] = [];
        for (const word of [id, 'two']) {
          await connection.write(Buffer.from(word));
          heard.push(String((await output.next()).value));
        }
        await connection.close();
        return `${heard.join()} ${String((await output.next()).done)}`;
      };
      return (await Promise.all([talk('0'), talk('1')])).join('; ');
    });
    const agent = (id: string) => Promise.resolve(agents[Number(id)] ?? agents[0]);
    const text = await said(daemon.client.builds.build(spec, { signal, agent }));
    expect(text).toBe('0,TWO true; 1,TWO true');
    await Promise.all(agents.map(({ closed }) => closed));
  });

  test('that the caller does not have are not found', async () => {
    const codes: Step = (agent) =>
      agent('other').then(
        () => 'reached',
        ({ code, message }: WharfError) => `${code} ${message}`,
      );
    await using daemon = await daemonOf(codes);
    const { builds } = daemon.client;
    const wanted = 'not-found no such agent of the caller: other';
    expect(await said(builds.build(spec, { signal }))).toBe(wanted);
    const agent = () => Promise.reject(new WharfError('permission-denied', 'locked'));
    expect(await said(builds.build(spec, { signal, agent }))).toBe('permission-denied locked');
  });

  test('that end are an end for the step, which can write no more', async () => {
    const ending: AgentConnection = {
      output: (async function* () {
        yield await Promise.resolve(Buffer.alloc(200_000, 'a'));
      })(),
      write: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    await using daemon = await daemonOf(async (agent) => {
      const connection = await agent('x');
      const bytes = Buffer.concat(await collect(connection.output)).length;
      const late = await connection.write(Buffer.from('x')).catch(({ code }: WharfError) => code);
      return `${bytes} ${String(late)}`;
    });
    const agent = () => Promise.resolve(ending);
    const text = await said(daemon.client.builds.build(spec, { signal, agent }));
    expect(text).toBe('200000 unavailable');
  });

  test('that do not read lose the connection, and the build goes on', async () => {
    const stuck: AgentConnection = {
      output: { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) },
      write: () => new Promise(() => undefined),
      close: () => Promise.resolve(),
    };
    await using daemon = await daemonOf(async (agent) => {
      const connection = await agent('x');
      const write = async (): Promise<void> => {
        for (let at = 0; at < 100; at++) await connection.write(Buffer.alloc(100_000));
      };
      await write().catch(() => undefined);
      return (await collect(connection.output)).length === 0 ? 'ended' : 'more';
    });
    const agent = () => Promise.resolve(stuck);
    expect(await said(daemon.client.builds.build(spec, { signal, agent }))).toBe('ended');
  });

  test('are left when the build is', async () => {
    const agent = shoutingAgent();
    await using daemon = await testDaemon({
      builds: {
        async *build(_, options) {
          await options.agent?.('x');
          yield log(Buffer.from('open'));
          await new Promise(() => undefined);
        },
      },
    });
    const options = { signal, agent: () => Promise.resolve(agent) };
    for await (const frame of daemon.client.builds.build(spec, options)) {
      if (frame.kind === 'log') break;
    }
    await agent.closed;
  });
});

/** The number once it has stopped growing. */
async function settled(read: () => number): Promise<number> {
  for (let before = -1; ;) {
    const now = read();
    if (now === before) return now;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}
