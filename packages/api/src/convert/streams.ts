import type { LogQuery, LogRecord } from '@wharf/core';
import { StdStream } from '../gen/wharf/v1/containers.js';
import type * as wire from '../gen/wharf/v1/containers.js';
import { limits } from '../limits.js';
import { enumPair } from './enums.js';
import {
  nanoTimeFromWire,
  nanoTimeToWire,
  optionalDateFromWire,
  optionalDateToWire,
} from './times.js';
import {
  defined,
  integerWithin,
  numberFromWire,
  numberToWire,
  recordFromWire,
  recordToWire,
} from './values.js';

export const stdStreams = enumPair('stream', {
  stdout: StdStream.STDOUT,
  stderr: StdStream.STDERR,
});

export function logQueryToWire(
  container: string,
  query: LogQuery,
): wire.StreamContainerLogsRequest {
  return {
    container,
    stdout: query.stdout,
    stderr: query.stderr,
    follow: query.follow,
    tail: query.tail === undefined ? undefined : numberToWire(query.tail, 'tail'),
    since: optionalDateToWire(query.since),
    until: optionalDateToWire(query.until),
  };
}

export function logQueryFromWire(query: wire.StreamContainerLogsRequest): LogQuery {
  const tail = query.tail === undefined ? undefined : numberFromWire(query.tail, 'tail');
  return defined({
    stdout: query.stdout,
    stderr: query.stderr,
    follow: query.follow,
    tail: tail === undefined ? undefined : integerWithin(tail, 'tail', 0, Number.MAX_SAFE_INTEGER),
    since: optionalDateFromWire(query.since, 'since'),
    until: optionalDateFromWire(query.until, 'until'),
  });
}

export function logRecordToWire(record: LogRecord): wire.LogRecord {
  return {
    stream: stdStreams.toWire(record.stream),
    time: nanoTimeToWire(record.time),
    data: bufferOf(record.data),
    attributes: record.attributes ? recordToWire(record.attributes) : new Map(),
  };
}

export function logRecordFromWire(record: wire.LogRecord): LogRecord {
  const attributes = record.attributes.size > 0 ? record.attributes : undefined;
  return defined({
    stream: stdStreams.fromWire(record.stream),
    time: nanoTimeFromWire(record.time, 'record.time'),
    data: record.data,
    attributes: attributes && recordFromWire(attributes, 'record.attributes'),
  });
}

/** Throws invalid-argument for what a terminal cannot be. */
export function terminalSizeFromWire(size: wire.TerminalSize): wire.TerminalSize {
  return {
    rows: integerWithin(size.rows, 'rows', 0, limits.terminalSide),
    columns: integerWithin(size.columns, 'columns', 0, limits.terminalSide),
  };
}

/** The same memory as a Buffer, which generated code wants. */
export function bufferOf(data: Uint8Array): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
