import { FailedPreconditionError } from '@wharf/core';
import { expect, test } from 'vitest';
import { ClientConnection } from './client.js';
import { ServerConnection, type Handler } from './server.js';
import type { Transport } from './transport.js';

const signal = new AbortController().signal;
const bytes = (text: string) => Buffer.from(text);

class Loop implements Transport {
  paused = false;
  readonly waiting: Uint8Array[] = [];
  other: { receive(chunk: Uint8Array): void; closed(): void } | undefined;
  peer: Loop | undefined;

  send(chunk: Uint8Array): boolean {
    const peer = this.peer;
    queueMicrotask(() => {
      if (peer?.paused) peer.waiting.push(chunk);
      else this.other?.receive(chunk);
    });
    return true;
  }
  drained(): Promise<void> {
    return Promise.resolve();
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
    for (const chunk of this.waiting.splice(0)) this.peer?.other?.receive(chunk);
  }
  close(): void {
    this.other?.closed();
  }
}

function connect(handlers: Record<string, Handler>) {
  const here = new Loop();
  const there = new Loop();
  here.peer = there;
  there.peer = here;
  const client = new ClientConnection(here, 'test');
  const server = new ServerConnection(there, 'test', new Map(Object.entries(handlers)));
  here.other = server;
  there.other = client;
  return { client, server, there };
}

test('a unary call returns the response, a failure keeps its code, text and facts', async () => {
  const { client } = connect({
    Echo: (stream) => Promise.resolve(stream.request),
    Fail: () =>
      Promise.reject(new FailedPreconditionError('not running', { facts: { exitCode: '126' } })),
  });
  expect(Buffer.from(await client.unary('Echo', bytes('hi'), { signal })).toString()).toBe('hi');
  await expect(client.unary('Fail', bytes(''), { signal })).rejects.toMatchObject({
    code: 'failed-precondition',
    message: 'not running',
    facts: { exitCode: '126' },
  });
  await expect(client.unary('Nope', bytes(''), { signal })).rejects.toMatchObject({
    code: 'unimplemented',
  });
});

test('a bidirectional call echoes until the half close', async () => {
  const { client } = connect({
    Echo: async (stream) => {
      for (;;) {
        const message = await stream.receive();
        if (message === undefined) return undefined;
        await stream.send(message);
      }
    },
  });
  const stream = client.stream('Echo', bytes(''), true);
  await stream.send(bytes('a'));
  await stream.send(bytes('b'));
  await stream.closeSend();
  expect(Buffer.from((await stream.receive()) ?? []).toString()).toBe('a');
  expect(Buffer.from((await stream.receive()) ?? []).toString()).toBe('b');
  expect(await stream.receive()).toBeUndefined();
});

test('a server that does not read pauses its transport and resumes it', async () => {
  let go: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (go = resolve));
  let total = 0;
  const { client, there } = connect({
    Sink: async (stream) => {
      await gate;
      for (let m = await stream.receive(); m !== undefined; m = await stream.receive()) {
        total += m.length;
      }
      return bytes('done');
    },
  });
  const stream = client.stream('Sink', bytes(''), true);
  for (let i = 0; i < 40; i++) await stream.send(new Uint8Array(32 * 1024));
  await stream.closeSend();
  expect(there.paused).toBe(true);
  go();
  expect(await stream.receive()).toBeUndefined();
  expect(total).toBe(40 * 32 * 1024);
  expect(there.paused).toBe(false);
});

test('when the connection closes, open calls fail and the server is told', async () => {
  let aborted = false;
  const { client, server } = connect({
    Wait: (stream) =>
      new Promise((resolve) => {
        stream.signal.addEventListener('abort', () => {
          aborted = true;
          resolve(undefined);
        });
      }),
  });
  const call = client.unary('Wait', bytes(''), { signal });
  await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  client.closed();
  server.closed();
  await expect(call).rejects.toMatchObject({ code: 'unavailable' });
  expect(aborted).toBe(true);
});
