import { FailedPreconditionError, type LogRecord, type OutputChunk } from '@wharf/core';
import type { ExecSession, LogQuery, Processes, ProcessSpec } from '@wharf/core';
import { parseExecId } from '@wharf/core';
import { describe, expect, test } from 'vitest';
import { wharf } from '../../testing/test-cli.js';
import { fakeEngine, someContainer, someId } from '../../testing/test-engine.js';
import { fakeIo } from '../../testing/test-io.js';

async function* chunks(...all: [OutputChunk['stream'], string][]): AsyncIterable<OutputChunk> {
  for (const [stream, text] of all) yield { stream, data: Buffer.from(text) };
}

async function* forEver(): AsyncIterable<OutputChunk> {
  await new Promise(() => undefined);
  yield { stream: 'stdout', data: new Uint8Array() };
}

async function* typed(...texts: string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const process = { pid: 7, startTicks: 1n, bootId: 'x' };
const running = { status: 'running' as const, process, shim: process, startedAt: new Date() };

function session(output: AsyncIterable<OutputChunk>) {
  const input: string[] = [];
  return {
    input,
    streams: {
      output,
      write: (data: Uint8Array) => Promise.resolve(void input.push(Buffer.from(data).toString())),
      closeStdin: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
  };
}

describe('exec', () => {
  function engineOf(result: Partial<ExecSession> | Error) {
    const specs: ProcessSpec[] = [];
    const processes: Partial<Processes> = {
      exec(_container, spec) {
        specs.push(spec);
        if (result instanceof Error) return Promise.reject(result);
        const base = { ...session(chunks()).streams, id: parseExecId(someId), pid: 9 };
        const exitCode = Promise.resolve(0);
        return Promise.resolve({ ...base, exitCode, resize: () => Promise.resolve(), ...result });
      },
    };
    return { specs, engine: { ...fakeEngine({}), processes: processes as Processes } };
  }

  test('keeps the streams apart and ends with the code of the process', async () => {
    const output = chunks(['stdout', 'out'], ['stderr', 'err']);
    const { specs, engine } = engineOf({ output, exitCode: Promise.resolve(3) });
    const flags = ['-u', '1', '-w', '/srv', '-e', 'A=1', '--privileged'];
    expect(await wharf(['exec', ...flags, 'web', 'ls', '-l'], { engine })).toEqual({
      code: 3,
      out: 'out',
      err: 'err',
    });
    expect(specs[0]).toEqual({
      args: ['ls', '-l'],
      env: ['A=1'],
      user: '1',
      workdir: '/srv',
      terminal: false,
      attachStdin: false,
      attachStdout: true,
      attachStderr: true,
      privileged: true,
      detach: false,
    });
  });

  test('-d does not wait, -it brings the size of the terminal', async () => {
    const never = new Promise<number>(() => undefined);
    const detached = engineOf({ output: forEver(), exitCode: never });
    expect((await wharf(['exec', '-d', 'web', 'x'], detached)).code).toBe(0);
    expect(detached.specs[0]).toMatchObject({ detach: true, attachStdout: false });
    const io = fakeIo({ tty: true });
    const terminal = engineOf({});
    await wharf(['exec', '-it', 'web', 'sh'], { ...terminal, io });
    expect(terminal.specs[0]).toMatchObject({ terminal: true, size: { rows: 40, columns: 100 } });
    expect(io.raw).toEqual([true, false]);
  });

  test.each([
    ['126', 126],
    ['127', 127],
    [undefined, 1],
  ])('a process that cannot be started (%s) ends with %i', async (exitCode, code) => {
    const facts = exitCode === undefined ? {} : { exitCode };
    const { engine } = engineOf(new FailedPreconditionError('no good', { facts }));
    expect(await wharf(['exec', 'web', 'x'], { engine })).toMatchObject({ code });
  });

  test('the detach keys leave it, which is told', async () => {
    const io = fakeIo({ tty: true, stdin: typed('a', '\x10\x11') });
    const { engine } = engineOf({ output: forEver() });
    expect(await wharf(['exec', '-it', 'web', 'sh'], { engine, io })).toMatchObject({
      code: 1,
      err: 'wharf: read escape sequence\n',
    });
    expect(io.raw).toEqual([true, false]);
  });
});

describe('attach', () => {
  test('ends with the code of the container; --no-stdin keeps the input', async () => {
    const { input, streams } = session(chunks(['stdout', 'hello']));
    const requests: unknown[] = [];
    const container = someContainer({ state: running });
    const engine = fakeEngine({
      containers: {
        get: () => Promise.resolve({ ...container, spec: { ...container.spec, openStdin: true } }),
        wait: () => Promise.resolve({ exitCode: 5, error: '', oomKilled: false }),
        attach: (_ref, request) => {
          requests.push(request);
          return Promise.resolve({ ...streams, id: someId, terminal: false });
        },
      },
    });
    const stdin = typed('x');
    expect(await wharf(['attach', '--no-stdin', 'web'], { engine, stdin })).toMatchObject({
      code: 5,
      out: 'hello',
    });
    expect(requests).toMatchObject([{ stdin: false, logs: false }]);
    expect(input).toEqual([]);
  });

  test.each([
    ['paused', 'you cannot attach to a paused container, unpause it first'],
    ['exited', 'you cannot attach to a stopped container, start it first'],
  ])('one that is %s is refused', async (status, why) => {
    const state =
      status === 'paused'
        ? { ...running, status: 'paused' as const }
        : {
            status: 'exited' as const,
            exitCode: 0,
            error: '',
            oomKilled: false,
            finishedAt: new Date(),
          };
    const engine = fakeEngine({
      containers: { get: () => Promise.resolve(someContainer({ state })) },
    });
    const { code, err } = await wharf(['attach', 'web'], { engine });
    expect(code).toBe(1);
    expect(err).toContain(why);
  });
});

describe('logs', () => {
  const record = (stream: LogRecord['stream'], text: string): LogRecord => ({
    stream,
    time: '2026-01-31T12:00:00.123456789Z',
    data: Buffer.from(text),
    attributes: { b: '2', a: 'x y' },
  });

  function engineOf(...records: LogRecord[]) {
    const queries: LogQuery[] = [];
    const engine = fakeEngine({
      containers: {
        async *logs(_ref, query) {
          queries.push(query);
          yield records;
        },
      },
    });
    return { engine, queries };
  }

  test('bytes go to the stream that they came from', async () => {
    const logs = engineOf(record('stdout', 'a\n'), record('stderr', 'b\n'), record('stdout', 'c'));
    expect(await wharf(['logs', 'web'], logs)).toEqual({ code: 0, out: 'a\nc', err: 'b\n' });
    expect(logs.queries).toEqual([{ stdout: true, stderr: true, follow: false }]);
  });

  test('times and details stand before a line', async () => {
    const logs = engineOf(record('stdout', 'a\n'));
    expect((await wharf(['logs', '-t', '--details', 'web'], logs)).out).toBe(
      '2026-01-31T12:00:00.123456789Z a=x%20y,b=2 a\n',
    );
  });

  test('-f, --tail, --since, --until', async () => {
    const logs = engineOf();
    const now = new Date('2026-01-31T12:00:00Z');
    const flags = ['-f', '-n', '5', '--since', '10m', '--until', '2026-02-01T00:00:00Z'];
    await wharf(['logs', ...flags, 'web'], { ...logs, now });
    await wharf(['logs', '--tail', 'all', 'web'], logs);
    expect(logs.queries).toEqual([
      {
        stdout: true,
        stderr: true,
        follow: true,
        tail: 5,
        since: new Date('2026-01-31T11:50:00Z'),
        until: new Date('2026-02-01T00:00:00Z'),
      },
      { stdout: true, stderr: true, follow: false },
    ]);
    expect((await wharf(['logs', '--tail', 'x', 'web'], logs)).code).toBe(125);
  });

  test('--since and --until may be times of lines, to the nanosecond', async () => {
    const logs = engineOf(record('stdout', 'a\n'));
    const out = async (...flags: string[]) => (await wharf(['logs', ...flags, 'web'], logs)).out;
    const at = (nanos: string): string => `2026-01-31T12:00:00.123${nanos}Z`;
    expect(await out('--since', at('456789'))).toBe('a\n');
    expect(await out('--since', at('456790'))).toBe('');
    expect(await out('--until', at('456789'))).toBe('a\n');
    expect(await out('--until', at('456788'))).toBe('');
    expect(await out('--since', at(''), '--until', at('9'))).toBe('a\n');
  });
});

test('of several containers each is named, and the failures come last', async () => {
  const engine = fakeEngine({
    containers: {
      stop: (name) =>
        name === 'bad'
          ? Promise.reject(new FailedPreconditionError('it does not stop'))
          : Promise.resolve(someId),
    },
  });
  expect(await wharf(['stop', '-t', '1', 'a', 'bad', 'b'], { engine })).toEqual({
    code: 1,
    out: 'a\nb\n',
    err: 'wharf: it does not stop\n',
  });
});
