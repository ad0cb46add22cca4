import { expect, test } from 'vitest';
import type { LogSink } from '../log/writer.js';
import { FakeClock, FakeReader, settle } from '../testing.js';
import { Output, type Subscriber } from './output.js';

class Sink implements LogSink {
  readonly droppedBytes = 0n;
  text = '';
  write(_stream: unknown, chunk: Uint8Array): void {
    this.text += Buffer.from(chunk).toString();
  }
  end(): void {}
  close(): void {}
}

class Client implements Subscriber {
  readonly stdout = true;
  readonly stderr = true;
  text = '';
  room: Promise<void> = Promise.resolve();
  push(_stream: unknown, chunk: Uint8Array): Promise<void> {
    this.text += Buffer.from(chunk).toString();
    return this.room;
  }
}

function setUp(waitMs = 0) {
  const clock = new FakeClock();
  const sink = new Sink();
  const output = new Output({ clock, touch: () => undefined }, sink, waitMs);
  const reader = new FakeReader();
  return { clock, sink, output, reader };
}

test('every client and the log get everything', async () => {
  const { sink, output, reader } = setUp();
  const clients = [new Client(), new Client()];
  for (const client of clients) output.subscribe(client);
  output.open('stdout', reader);
  reader.feed('a');
  reader.feed('b');
  reader.end();
  await output.finish();
  expect([sink.text, ...clients.map((client) => client.text)]).toEqual(['ab', 'ab', 'ab']);
});

test('a slow client holds the reader back, until it has room', async () => {
  const { output, reader } = setUp();
  const client = new Client();
  let go: () => void = () => undefined;
  client.room = new Promise((resolve) => (go = resolve));
  output.subscribe(client);
  output.open('stdout', reader);
  reader.feed('a');
  reader.feed('b');
  await settle();
  expect([client.text, reader.reads]).toEqual(['a', 1]);
  go();
  await settle();
  expect(client.text).toBe('ab');
});

test('a pipe that a stranger holds is given up a quiet second after the end', async () => {
  const { clock, output, reader } = setUp();
  output.open('stdout', reader);
  let ended = false;
  void output.finish().then(() => (ended = true));
  await clock.advance(1500);
  expect(ended).toBe(false);
  await clock.advance(1000);
  expect([ended, reader.closed]).toEqual([true, true]);
});

test('a client that never reads loses the rest after ten seconds, the log gets it', async () => {
  const { clock, sink, output, reader } = setUp();
  const client = new Client();
  client.room = new Promise(() => undefined);
  output.subscribe(client);
  output.open('stdout', reader);
  reader.feed('a');
  reader.feed('b');
  reader.end();
  let ended = false;
  void output.finish().then(() => (ended = true));
  await clock.advance(5000);
  expect(ended).toBe(false);
  await clock.advance(10_000);
  expect([ended, sink.text]).toEqual([true, 'ab']);
});

test('kept output waits for the first client, but not for ever', async () => {
  const { clock, output, reader, sink } = setUp(10_000);
  output.open('stdout', reader);
  reader.feed('a');
  await clock.advance(9000);
  expect(reader.reads).toBe(0);
  const client = new Client();
  output.subscribe(client);
  await settle();
  expect(client.text).toBe('a');
  expect(sink.text).toBe('a');
});
