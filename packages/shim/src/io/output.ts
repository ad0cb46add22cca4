import { within } from '../clock.js';
import type { Host } from '../host.js';
import type { LogSink, StreamName } from '../log/writer.js';
import type { ByteReader } from '../platform.js';

/** Somebody who gets a process's output as it comes. */
export interface Subscriber {
  readonly stdout: boolean;
  readonly stderr: boolean;
  /**
   * Undefined when it can take more, else resolves then; that holds the process back. Must resolve when the
   * subscriber is gone. The chunk stays as it is.
   */
  push(stream: StreamName, chunk: Uint8Array): Promise<void> | undefined;
}

/** With no writers left that we know of, how long a stream may stay open without a byte. */
const quietMs = 1000;
/** How long, after the end, a subscriber may take to make room. */
const slowMs = 10_000;

/**
 * The output of one process: every byte goes to the log, then to all subscribers, and only then the next is read.
 * Subscribers may come before the process is started.
 */
export class Output {
  readonly #host: Pick<Host, 'clock' | 'touch'>;
  readonly #sink: LogSink;
  readonly #subscribers = new Set<Subscriber>();
  readonly #readers = new Set<ByteReader>();
  readonly #pumps: Promise<void>[] = [];
  /** Counts chunks read, so that the end can see whether something still moves. */
  #moved = 0;
  #pushing = 0;
  readonly #awaited: Promise<void> | undefined;
  #arrived: () => void = () => undefined;
  readonly #releases = new Set<() => void>();
  #finish: () => void = () => undefined;
  /** Resolves when nothing more will come. */
  readonly ended: Promise<void> = new Promise((resolve) => (this.#finish = resolve));

  /** `waitMs`: read nothing before the first subscriber has come, or so much time has passed. */
  constructor(host: Pick<Host, 'clock' | 'touch'>, sink: LogSink, waitMs = 0) {
    this.#host = host;
    this.#sink = sink;
    this.#awaited = waitMs > 0 ? new Promise((resolve) => (this.#arrived = resolve)) : undefined;
    if (waitMs > 0) host.clock.after(waitMs, this.#arrived);
  }

  /** The result unsubscribes. */
  subscribe(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber);
    this.#arrived();
    return () => void this.#subscribers.delete(subscriber);
  }

  /** Begins to read. `sameAs` a reader given before: both streams of a terminal. */
  open(stream: StreamName, reader: ByteReader): void {
    this.#readers.add(reader);
    this.#pumps.push(this.#pump(stream, reader));
  }

  /** The process has ended: reads what is left, but never waits long for somebody else who holds a pipe. */
  async finish(): Promise<void> {
    await this.#awaited;
    const all = Promise.all(this.#pumps);
    for (let before = -1, waited = 0; !(await within(this.#host.clock, quietMs, all));) {
      const stuck = this.#moved === before;
      before = this.#moved;
      if (stuck && this.#pushing === 0) break;
      waited = stuck ? waited + quietMs : 0;
      if (waited >= slowMs) this.#forsake();
    }
    for (const reader of this.#readers) reader.close();
    this.#sink.end('stdout');
    this.#sink.end('stderr');
    this.#finish();
  }

  /** Goes on without the subscribers. */
  #forsake(): void {
    this.#subscribers.clear();
    for (const release of this.#releases) release();
  }

  /** Resolves when all have room, or are forsaken. */
  async #room(pushes: readonly Promise<void>[]): Promise<void> {
    let release: () => void = () => undefined;
    await new Promise<void>((resolve) => {
      release = resolve;
      this.#releases.add(release);
      void Promise.all(pushes).then(release);
    });
    this.#releases.delete(release);
  }

  async #pump(stream: StreamName, reader: ByteReader): Promise<void> {
    if (this.#awaited !== undefined) await this.#awaited;
    for (let chunk = await reader.read(); chunk !== undefined; chunk = await reader.read()) {
      this.#moved++;
      this.#host.touch();
      this.#sink.write(stream, chunk);
      const pushes = this.#push(stream, chunk);
      if (pushes.length > 0) {
        this.#pushing++;
        await this.#room(pushes);
        this.#pushing--;
      }
    }
    reader.close();
  }

  #push(stream: StreamName, chunk: Uint8Array): Promise<void>[] {
    const pushes: Promise<void>[] = [];
    for (const each of this.#subscribers) {
      const waiting = each[stream] ? each.push(stream, chunk) : undefined;
      if (waiting !== undefined) pushes.push(waiting);
    }
    return pushes;
  }
}
