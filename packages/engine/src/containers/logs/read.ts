import type { FileHandle } from 'node:fs/promises';
import { watch } from 'node:fs';
import { dirname } from 'node:path';
import type { CallOptions, LogChunk, LogQuery, LogRecord } from '@wharf/core';
import { Notifier } from '../../events/notifier.js';
import { logFiles, openLog } from './files.js';
import { judge, parseLogLine, type Verdict } from './record.js';
import { readCompressed, tailStart } from './tail.js';

const chunkSize = 256 * 1024;

export interface ReadLogOptions extends CallOptions {
  /** With `follow`: true once nothing will be written any more. */
  readonly ended?: () => boolean;
  /** With `follow`: wakes the reader to look at `ended` again. */
  readonly untilChange?: (signal: AbortSignal) => Promise<void>;
}

/** Records of a json-file log, rotated files included, oldest first. Memory does not depend on its size. */
export async function* readLog(
  path: string,
  query: LogQuery,
  options: ReadLogOptions,
): AsyncIterable<LogChunk> {
  if (path === '') return;
  const verdict = judge(query);
  const changes = query.follow ? followChanges(path, options) : undefined;
  try {
    const files = await logFiles(path);
    const start =
      query.tail === undefined ? { file: 0, offset: 0 } : await tailStart(files, query.tail);
    for (const [index, file] of files.entries()) {
      if (index < start.file || file === path) continue;
      const offset = index === start.file ? start.offset : 0;
      for await (const chunk of readWhole(file, offset, verdict, options)) {
        if (chunk === 'stop') return;
        yield chunk;
      }
    }
    const offset = files.at(start.file) === path ? start.offset : 0;
    yield* readLive(path, offset, verdict, changes, options);
  } finally {
    changes?.close();
  }
}

interface Changes {
  readonly notifier: Notifier;
  close(): void;
}

function followChanges(path: string, options: ReadLogOptions): Changes {
  const notifier = new Notifier();
  const left = new AbortController();
  const watcher = watch(dirname(path), { persistent: false }, () => notifier.notify());
  watcher.on('error', () => notifier.notify());
  const signal = AbortSignal.any([options.signal, left.signal]);
  const wake = async (): Promise<void> => {
    while (!signal.aborted) {
      await options.untilChange?.(signal);
      notifier.notify();
    }
  };
  void wake().catch(() => undefined);
  return {
    notifier,
    close: () => {
      left.abort();
      watcher.close();
    },
  };
}

async function* readWhole(
  path: string,
  offset: number,
  verdict: (record: LogRecord) => Verdict,
  { signal }: CallOptions,
): AsyncIterable<LogChunk | 'stop'> {
  if (path.endsWith('.gz')) {
    const lines = new Lines();
    yield* sift(lines.push((await readCompressed(path)).subarray(offset)), verdict);
    return;
  }
  const file = await openLog(path);
  if (file === undefined) return;
  try {
    const lines = new Lines();
    let position = offset;
    for (;;) {
      signal.throwIfAborted();
      const bytes = await readAt(file, position);
      if (bytes.length === 0) return;
      position += bytes.length;
      yield* sift(lines.push(bytes), verdict);
    }
  } finally {
    await file.close();
  }
}

/** The live file to its end and, when following, on through growth and rotation until nothing comes any more. */
async function* readLive(
  path: string,
  offset: number,
  verdict: (record: LogRecord) => Verdict,
  changes: Changes | undefined,
  options: ReadLogOptions,
): AsyncIterable<LogChunk> {
  const { signal } = options;
  let file = await openLog(path);
  let position = offset;
  let lines = new Lines();
  try {
    for (;;) {
      const ticket = changes?.notifier.ticket() ?? 0;
      const over = options.ended?.() ?? false;
      const bytes = file === undefined ? Buffer.alloc(0) : await readAt(file, position);
      position += bytes.length;
      for (const chunk of sift(lines.push(bytes), verdict)) {
        if (chunk === 'stop') return;
        yield chunk;
      }
      if (bytes.length > 0) continue;
      const next = await successor(path, file);
      if (next !== undefined) {
        await file?.close();
        [file, position, lines] = [next, 0, new Lines()];
        continue;
      }
      if (changes === undefined || over || signal.aborted) return;
      await changes.notifier.wait(ticket, { signal });
    }
  } finally {
    await file?.close();
  }
}

/** The file that came after `current` by rotation; undefined while `current` is the live one. */
async function successor(
  path: string,
  current: FileHandle | undefined,
): Promise<FileHandle | undefined> {
  const live = await openLog(path);
  if (live === undefined || current === undefined) return live;
  const [mine, newest] = [await current.stat(), await live.stat()];
  if (mine.ino === newest.ino) {
    await live.close();
    return undefined;
  }
  const files = await logFiles(path);
  for (const [index, candidate] of files.entries()) {
    const opened = await openLog(candidate);
    const same = (await opened?.stat())?.ino === mine.ino;
    await opened?.close();
    if (!same) continue;
    const after = files[index + 1];
    if (after === undefined || after === path || after.endsWith('.gz')) return live;
    await live.close();
    return openLog(after);
  }
  return live;
}

async function readAt(file: FileHandle, position: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(chunkSize);
  const { bytesRead } = await file.read(buffer, 0, chunkSize, position);
  return buffer.subarray(0, bytesRead);
}

function* sift(
  records: readonly LogRecord[],
  verdict: (record: LogRecord) => Verdict,
): Iterable<LogChunk | 'stop'> {
  const taken: LogRecord[] = [];
  for (const record of records) {
    const what = verdict(record);
    if (what === 'take') taken.push(record);
    if (what !== 'stop') continue;
    if (taken.length > 0) yield taken;
    yield 'stop';
    return;
  }
  if (taken.length > 0) yield taken;
}

/** Splits bytes into lines; a line without its end waits for more. */
class Lines {
  #rest: Buffer = Buffer.alloc(0);

  push(bytes: Buffer): LogRecord[] {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const end = all.lastIndexOf(10) + 1;
    this.#rest = all.subarray(end);
    if (end === 0) return [];
    const records: LogRecord[] = [];
    for (const line of all.toString('utf8', 0, end - 1).split('\n')) {
      const record = parseLogLine(line);
      if (record !== undefined) records.push(record);
    }
    return records;
  }
}
