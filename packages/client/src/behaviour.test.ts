import { CancelledError, errorCodes, WharfError } from '@wharf/core';
import type { AttachRequest } from '@wharf/core';
import { createFakeSession, sampleProcessSpec } from '@wharf/testing';
import type { FakeSession } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import { collect, testDaemon } from './test-daemon.js';

const everything: AttachRequest = { stdin: true, stdout: true, stderr: true, logs: false };
const { signal } = new AbortController();

describe('failures', () => {
  test.each(errorCodes.filter((code) => code !== 'internal'))(
    'of code %s arrive with text and facts, from calls of each shape',
    async (code) => {
      const failure = new WharfError(code, 'no such thing: "ü"\n100%', {
        facts: { name: 'ü', n: '1' },
      });
      const fail = (): never => {
        throw failure;
      };
      await using daemon = await testDaemon({
        containers: { start: fail, logs: fail, attach: fail },
      });
      const { containers } = daemon.client;
      const wanted = { code, message: failure.message, facts: failure.facts };
      const query = { stdout: true, stderr: true, follow: false };
      await expect(containers.start('x', { signal })).rejects.toMatchObject(wanted);
      await expect(collect(containers.logs('x', query, { signal }))).rejects.toMatchObject(wanted);
      await expect(containers.attach('x', everything, { signal })).rejects.toMatchObject(wanted);
    },
  );

  test('in the middle of a stream come after what was sent before', async () => {
    await using daemon = await testDaemon({
      events: {
        watch: async function* () {
          yield await Promise.resolve({ kind: 'ready', lastSequence: 1n });
          throw new WharfError('data-loss', 'torn');
        },
      },
    });
    const frames = daemon.client.events.watch({}, { signal })[Symbol.asyncIterator]();
    expect((await frames.next()).value).toEqual({ kind: 'ready', lastSequence: 1n });
    await expect(frames.next()).rejects.toMatchObject({ code: 'data-loss', message: 'torn' });
  });

  test('that are bugs are told as a bare internal error and logged once', async () => {
    const bug = new TypeError('secret path /x');
    await using daemon = await testDaemon({ containers: { start: () => Promise.reject(bug) } });
    const call = daemon.client.containers.start('x', { signal });
    await expect(call).rejects.toMatchObject({ code: 'internal', message: 'internal error' });
    const errors = daemon.log.filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(1);
    expect(errors[0]?.fields['error']).toMatchObject({ cause: bug });
  });
});

describe('every change is logged with who asked for it', () => {
  test('and reads are not', async () => {
    await using daemon = await testDaemon();
    await daemon.client.containers.list({ signal });
    await daemon.client.containers.start('x', { signal });
    expect(daemon.log).toMatchObject([
      {
        level: 'info',
        message: 'call',
        fields: {
          method: '/wharf.v1.ContainerService/StartContainer',
          peer: { kind: 'unix', pid: 11, uid: 22, gid: 33 },
          result: 'ok',
        },
      },
    ]);
  });
});

describe('leaving', () => {
  test('reaches the signal of the engine, with the reason kept at home', async () => {
    const left = Promise.withResolvers<unknown>();
    await using daemon = await testDaemon({
      containers: {
        wait: (_, __, options) =>
          new Promise((___, reject) => {
            options.signal.addEventListener('abort', () => {
              left.resolve(options.signal.reason);
              reject(options.signal.reason as Error);
            });
          }),
      },
    });
    const controller = new AbortController();
    const { signal: mine } = controller;
    const wait = daemon.client.containers.wait('x', 'removed', { signal: mine });
    const reason = new CancelledError('enough');
    setTimeout(() => controller.abort(reason), 30);
    await expect(wait).rejects.toBe(reason);
    expect(await left.promise).toMatchObject({ code: 'cancelled' });
  });

  test('a loop over a stream ends the stream at the engine', async () => {
    const ended = Promise.withResolvers<void>();
    await using daemon = await testDaemon({
      events: {
        watch: async function* (_, options) {
          try {
            for (let i = 0n; !options.signal.aborted; i++) {
              yield await Promise.resolve({ kind: 'ready', lastSequence: i });
            }
          } finally {
            ended.resolve();
          }
        },
      },
    });
    for await (const frame of daemon.client.events.watch({}, { signal })) {
      if (frame.kind === 'ready' && frame.lastSequence > 10n) break;
    }
    await ended.promise;
  });

  test('by a time limit is a deadline, and by a signal that fired before is nothing at all', async () => {
    await using daemon = await testDaemon({
      containers: { wait: () => new Promise(() => undefined) },
    });
    const { containers } = daemon.client;
    const late = containers.wait('x', 'removed', { signal: AbortSignal.timeout(50) });
    await expect(late).rejects.toMatchObject({ code: 'deadline-exceeded' });
    const calls = daemon.engine.calls.length;
    const never = containers.start('x', { signal: AbortSignal.abort() });
    await expect(never).rejects.toMatchObject({ code: 'cancelled' });
    expect(daemon.engine.calls).toHaveLength(calls);
  });

  test('an attached container closes the session at the engine and keeps the connection', async () => {
    const session = createFakeSession();
    await using daemon = await testDaemon({
      containers: { attach: () => Promise.resolve(session) },
    });
    const mine = await daemon.client.containers.attach('x', everything, { signal });
    const reading = collect(mine.output);
    await mine.close();
    await mine.close();
    expect(await reading).toEqual([]);
    await session.closed;
    expect(await daemon.client.system.ping({ signal })).toEqual({ apiVersion: '1.0' });
  });
});

describe('backpressure', () => {
  const chunk = Buffer.alloc(64 * 1024, 7);

  test('a reader that does not read holds the writer within a few megabytes', async () => {
    let produced = 0;
    await using daemon = await testDaemon({
      containers: {
        attach: () =>
          Promise.resolve(
            createFakeSession({
              output: async function* () {
                for (; produced < 4000; produced++) {
                  yield await Promise.resolve({ stream: 'stdout', data: chunk });
                }
              },
            }),
          ),
      },
    });
    const session = await daemon.client.containers.attach('x', everything, { signal });
    const held = await settled(() => produced);
    expect(held * chunk.length).toBeLessThan(12 * 1024 * 1024);
    expect(await daemon.client.system.ping({ signal })).toBeDefined();
    let bytes = 0;
    for await (const { data } of session.output) bytes += data.length;
    expect(bytes).toBe(4000 * chunk.length);
  });

  test('a process that does not read its stdin holds who writes it', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const session = createFakeSession({ onWrite: () => gate });
    await using daemon = await testDaemon({
      containers: { attach: () => Promise.resolve(session) },
    });
    const mine = await daemon.client.containers.attach('x', everything, { signal });
    let written = 0;
    const writing = (async () => {
      for (; written < 1000; written++) await mine.write(chunk);
      await mine.closeStdin();
    })();
    const held = await settled(() => written);
    expect(held * chunk.length).toBeLessThan(12 * 1024 * 1024);
    open();
    await writing;
    const output = await collect(mine.output);
    const echoed = output.filter(({ stream }) => stream === 'stdout').map(({ data }) => data);
    expect(Buffer.concat(echoed).length).toBe(1000 * chunk.length);
  });
});

describe('sessions', () => {
  test('half close lets output follow', async () => {
    await using daemon = await testDaemon();
    const session = await daemon.client.containers.attach('x', everything, { signal });
    await session.write(Buffer.from('a'));
    await session.write(Buffer.from('b'));
    await session.closeStdin();
    const output = await collect(session.output);
    expect(output.map(({ data }) => Buffer.from(data).toString())).toEqual(['ab', 'done']);
  });

  test('stdin after a half close is refused', async () => {
    await using daemon = await testDaemon();
    const session = await daemon.client.containers.attach('x', everything, { signal });
    await session.closeStdin();
    await session.write(Buffer.from('late')).catch(() => undefined);
    // either the output came first or the refusal did
    const outcome = await collect(session.output).catch((error: unknown) => error);
    if (!Array.isArray(outcome)) expect(outcome).toMatchObject({ code: 'invalid-argument' });
  });

  test('stdin to a process that takes none is dropped and its output still comes', async () => {
    const session = createFakeSession({
      onWrite: () => Promise.reject(new WharfError('failed-precondition', 'stdin is closed')),
      output: async function* (own: FakeSession) {
        await own.stdinClosed;
        yield { stream: 'stdout', data: Buffer.from('alive') };
      },
    });
    await using daemon = await testDaemon({
      containers: { attach: () => Promise.resolve(session) },
    });
    const mine = await daemon.client.containers.attach('x', everything, { signal });
    for (let i = 0; i < 100; i++) await mine.write(Buffer.alloc(100_000));
    await mine.closeStdin();
    expect(await collect(mine.output)).toHaveLength(1);
  });

  test('an exit code is known without anybody reading output that there is not', async () => {
    const quiet = createFakeSession({
      exec: true,
      exitCode: 9,
      output: async function* () {
        yield* [];
        await Promise.resolve();
      },
    });
    await using daemon = await testDaemon({ processes: { exec: () => Promise.resolve(quiet) } });
    const spec = { ...sampleProcessSpec, attachStdin: false };
    const session = await daemon.client.processes.exec('x', spec, { signal });
    expect(await session.exitCode).toBe(9);
  });

  test('a command that cannot be executed throws with its code in the facts', async () => {
    const failure = new WharfError('not-found', 'nope: not found', { facts: { exitCode: '127' } });
    await using daemon = await testDaemon({ processes: { exec: () => Promise.reject(failure) } });
    const call = daemon.client.processes.exec('x', sampleProcessSpec, { signal });
    await expect(call).rejects.toMatchObject({ facts: { exitCode: '127' } });
  });

  test('a detached process leaves its id and no exit code', async () => {
    await using daemon = await testDaemon();
    const spec = { ...sampleProcessSpec, detach: true };
    const session = await daemon.client.processes.exec('x', spec, { signal });
    await expect(session.exitCode).rejects.toMatchObject({ code: 'failed-precondition' });
  });
});

describe('many at once', () => {
  test('300 streams on one connection, none mixed up', async () => {
    await using daemon = await testDaemon({
      containers: {
        attach: (ref) =>
          Promise.resolve(
            createFakeSession({
              output: async function* () {
                for (let i = 0; i < 20; i++) {
                  yield await Promise.resolve({
                    stream: 'stdout',
                    data: Buffer.from(ref.repeat(500)),
                  });
                }
              },
            }),
          ),
      },
    });
    const all = Array.from({ length: 300 }, async (_, index) => {
      const name = `<${index}>`;
      const session = await daemon.client.containers.attach(name, everything, { signal });
      const text = (await collect(session.output)).map(({ data }) => Buffer.from(data)).join('');
      return text === name.repeat(500 * 20);
    });
    expect((await Promise.all(all)).every(Boolean)).toBe(true);
  });
});

describe('a stop of the daemon', () => {
  test('waits for short calls and ends long ones at once', async () => {
    const finish = Promise.withResolvers<void>();
    await using daemon = await testDaemon({
      containers: {
        start: async (ref) => {
          await finish.promise;
          return ref as never;
        },
        wait: (_, __, options) =>
          new Promise((___, reject) => {
            options.signal.addEventListener('abort', () => reject(options.signal.reason as Error));
          }),
      },
    });
    const { containers } = daemon.client;
    const short = containers.start('ab'.repeat(32), { signal });
    const long = containers.wait('x', 'removed', { signal });
    await daemon.client.system.ping({ signal });
    const closing = daemon.server.close();
    await expect(long).rejects.toMatchObject({ code: 'unavailable' });
    finish.resolve();
    expect(await short).toBe('ab'.repeat(32));
    await closing;
    const text = /cannot connect to the Wharf daemon at unix:.*: is wharfd running\?$/;
    await expect(containers.list({ signal })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(text) as string,
    });
  });

  test('does not wait longer than its grace', async () => {
    await using daemon = await testDaemon(
      { containers: { start: () => new Promise(() => undefined) } },
      { graceMs: 50 },
    );
    const call = daemon.client.containers.start('x', { signal });
    const failed = expect(call).rejects.toMatchObject({ code: 'unavailable' });
    await daemon.client.system.ping({ signal });
    await daemon.server.close();
    await failed;
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
