import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FakeClock, fakePlatform, settle, temporaryDirectory } from '../testing.js';
import { JsonFileLog } from './writer.js';

const base = {
  maxSizeBytes: 0n,
  maxFiles: 1,
  compress: false,
  attributes: new Map<string, string>(),
};
const host = () => ({ clock: new FakeClock(), platform: fakePlatform as never });

interface Line {
  readonly log: string;
  readonly b64?: string;
  readonly stream: string;
  readonly time: string;
}

function lines(path: string): Line[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

const data = (line: Line) =>
  line.b64 === undefined ? Buffer.from(line.log) : Buffer.from(line.b64, 'base64');

test('whatever the chunks, each stream comes back byte for byte', () => {
  const chunk = fc.record({
    stream: fc.constantFrom('stdout' as const, 'stderr' as const),
    bytes: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 50 }),
      fc.nat(40_000).map((n) => Buffer.alloc(n + 1, 'é')),
      fc.constantFrom('a\n', 'b', '\n\n', '"\\').map((text) => Buffer.from(text)),
    ),
  });
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 20 }), (chunks) => {
      using directory = temporaryDirectory();
      const path = directory.at('log');
      const log = new JsonFileLog(host(), { ...base, path });
      for (const { stream, bytes } of chunks) log.write(stream, bytes);
      log.end('stdout');
      log.end('stderr');
      log.close();
      const written = existsSync(path) ? lines(path) : [];
      for (const stream of ['stdout', 'stderr'] as const) {
        const got = written.filter((line) => line.stream === stream).map(data);
        const sent = chunks.filter((each) => each.stream === stream).map((each) => each.bytes);
        expect(Buffer.concat(got).equals(Buffer.concat(sent))).toBe(true);
      }
    }),
    { numRuns: 25 },
  );
});

test('an unfinished line waits for its end', () => {
  using directory = temporaryDirectory();
  const log = new JsonFileLog(host(), { ...base, path: directory.at('log') });
  log.write('stdout', Buffer.from('one\ntw'));
  expect(lines(directory.at('log')).map((line) => line.log)).toEqual(['one\n']);
  log.write('stdout', Buffer.from('o\n'));
  expect(lines(directory.at('log')).map((line) => line.log)).toEqual(['one\n', 'two\n']);
  log.close();
});

test('rotation keeps whole lines, loses none of those it keeps, and keeps as many files as told', async () => {
  using directory = temporaryDirectory();
  const path = directory.at('log');
  const log = new JsonFileLog(host(), { ...base, path, maxSizeBytes: 1000n, maxFiles: 3 });
  for (let i = 0; i < 100; i++) log.write('stdout', Buffer.from(`line ${i}\n`));
  log.close();
  await settle();
  expect(readdirSync(directory.path).sort()).toEqual(['log', 'log.1', 'log.2']);
  const numbers = ['log.2', 'log.1', 'log'].flatMap((name) =>
    lines(directory.at(name)).map((line) => Number(line.log.slice(5))),
  );
  expect(numbers).toEqual(numbers.map((_n, i) => 100 - numbers.length + i));
  expect(readFileSync(directory.at('log.1')).length).toBeLessThanOrEqual(1000);
});

test('rotated files are compressed when asked', async () => {
  using directory = temporaryDirectory();
  const path = directory.at('log');
  const log = new JsonFileLog(host(), {
    ...base,
    path,
    maxSizeBytes: 500n,
    maxFiles: 3,
    compress: true,
  });
  for (let i = 0; i < 20; i++) {
    log.write('stdout', Buffer.from(`line ${i}\n`));
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  log.close();
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(readdirSync(directory.path).sort()).toEqual(['log', 'log.1.gz', 'log.2.gz']);
  const all = ['log.2.gz', 'log.1.gz', 'log'].flatMap((name) => lines(directory.at(name)));
  expect(all.at(-1)?.log).toBe('line 19\n');
});

test('what cannot be written is dropped and counted, and a marker tells of it', () => {
  using directory = temporaryDirectory();
  const path = directory.at('late/log');
  const log = new JsonFileLog(host(), { ...base, path });
  log.write('stdout', Buffer.from('lost\n'));
  log.write('stdout', Buffer.from('lost too\n'));
  expect(log.droppedBytes).toBe(14n);
  mkdirSync(directory.at('late'));
  log.write('stdout', Buffer.from('kept\n'));
  log.close();
  expect(lines(path).map((line) => [line.stream, line.log])).toEqual([
    ['stderr', '[wharf: 14 bytes of output could not be logged]\n'],
    ['stdout', 'kept\n'],
  ]);
});

test('a link in the place of the log is not followed', () => {
  using directory = temporaryDirectory();
  writeFileSync(directory.at('victim'), 'x');
  symlinkSync('victim', directory.at('log'));
  const log = new JsonFileLog(host(), { ...base, path: directory.at('log') });
  log.write('stdout', Buffer.from('evil\n'));
  expect(readFileSync(directory.at('victim'), 'utf8')).toBe('x');
  expect(log.droppedBytes).toBe(5n);
});

test('timestamps never go back when the clock does', () => {
  using directory = temporaryDirectory();
  const each = host();
  const log = new JsonFileLog(each, { ...base, path: directory.at('log') });
  const jumps = [0, 5, -3_600_000, 10, 7_200_000, -1];
  for (const jump of jumps) {
    each.clock.wall += jump;
    each.clock.mono += 1.5;
    log.write('stdout', Buffer.from('x\n'));
  }
  log.close();
  const times = lines(directory.at('log')).map((line) => line.time);
  expect([...times].sort()).toEqual(times);
  for (const time of times) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
});
