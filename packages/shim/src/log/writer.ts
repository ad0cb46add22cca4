import type { LogFile } from '@wharf/api/shim';
import type { Host } from '../host.js';
import { LogClock } from './clock.js';
import { characterStart, encodeRecords, longestRecord, type RecordFields } from './encode.js';
import { RotatingFile } from './file.js';
import { compressRotated } from './rotate.js';

export type StreamName = 'stdout' | 'stderr';

/** Takes what a container writes. */
export interface LogSink {
  write(stream: StreamName, chunk: Uint8Array): void;
  /** The stream has ended: what was kept back of an unfinished line is written. */
  end(stream: StreamName): void;
  /** Bytes of output that could not be written. */
  readonly droppedBytes: bigint;
  close(): void;
}

export function noLog(): LogSink {
  return { write: () => undefined, end: () => undefined, close: () => undefined, droppedBytes: 0n };
}

const lineFeed = 10;
const empty = new Uint8Array(0);

/** Docker's json-file format: whole lines in one write for each chunk, an unfinished line kept back until it ends or is 16 KiB long. */
export class JsonFileLog implements LogSink {
  readonly #file: RotatingFile;
  readonly #clocks: Record<StreamName, LogClock>;
  readonly #attributes: string;
  readonly #kept: Record<StreamName, Uint8Array> = { stdout: empty, stderr: empty };
  #compressing: Promise<void> = Promise.resolve();

  constructor(host: Pick<Host, 'clock' | 'platform'>, log: LogFile) {
    const rule = { maxSize: Number(log.maxSizeBytes), maxFiles: Math.max(log.maxFiles, 1) };
    const compress = log.compress && rule.maxFiles > 1;
    this.#file = new RotatingFile(log.path, rule, () => {
      if (!compress) return;
      const work = () => compressRotated(log.path, (bytes) => host.platform.gzip(bytes));
      this.#compressing = this.#compressing.then(work, work);
    });
    this.#clocks = { stdout: new LogClock(host.clock), stderr: new LogClock(host.clock) };
    const attributes = Object.fromEntries(log.attributes);
    this.#attributes = log.attributes.size > 0 ? `"attrs":${JSON.stringify(attributes)},` : '';
  }

  get droppedBytes(): bigint {
    return this.#file.dropped;
  }

  write(stream: StreamName, chunk: Uint8Array): void {
    const kept = this.#kept[stream];
    const bytes = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    const end = wholeLength(bytes);
    this.#kept[stream] = end === bytes.length ? empty : new Uint8Array(bytes.subarray(end));
    if (end > 0) this.#append(stream, bytes.subarray(0, end));
  }

  end(stream: StreamName): void {
    const kept = this.#kept[stream];
    this.#kept[stream] = empty;
    if (kept.length > 0) this.#append(stream, kept);
  }

  close(): void {
    this.#file.close();
  }

  #append(stream: StreamName, bytes: Uint8Array): void {
    const fields = { stream, time: this.#clocks[stream].stamp(), attributes: this.#attributes };
    this.#tellLoss(fields);
    this.#file.write(Buffer.from(encodeRecords(bytes, fields)), bytes.length);
  }

  /** After a loss, a line in its place says how much. */
  #tellLoss(fields: RecordFields): void {
    const loss = this.#file.pendingLoss;
    if (loss === 0) return;
    const text = Buffer.from(`[wharf: ${loss} bytes of output could not be logged]\n`);
    const marker = encodeRecords(text, { ...fields, stream: 'stderr' });
    if (this.#file.write(Buffer.from(marker), 0)) this.#file.pendingLoss -= loss;
  }
}

/** How much may be written now: up to the last line feed, and of an unfinished line whole parts of 16 KiB. */
function wholeLength(bytes: Uint8Array): number {
  let end = bytes.lastIndexOf(lineFeed) + 1;
  while (bytes.length - end > longestRecord) end = characterStart(bytes, end + longestRecord);
  return end;
}
