import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Clock } from './clock.js';
import type { ByteReader, Platform } from './platform.js';

/** A clock that moves only when told. For tests. */
export class FakeClock implements Clock {
  wall = Date.parse('2026-01-01T00:00:00Z');
  mono = 0;
  readonly #timers = new Map<() => void, number>();

  now(): number {
    return this.wall;
  }

  monotonic(): number {
    return this.mono;
  }

  after(ms: number, run: () => void): () => void {
    // A function of its own, so that one may be armed twice.
    const timer = () => run();
    this.#timers.set(timer, this.mono + ms);
    return () => void this.#timers.delete(timer);
  }

  /** Fires what is due, in order, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const end = this.mono + ms;
    for (;;) {
      await settle();
      const [next] = [...this.#timers].sort((a, b) => a[1] - b[1]);
      if (next === undefined || next[1] > end) break;
      this.#timers.delete(next[0]);
      this.wall += next[1] - this.mono;
      this.mono = next[1];
      next[0]();
    }
    this.wall += end - this.mono;
    this.mono = end;
    await settle();
  }
}

/** Lets every promise that can settle do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export const fakePlatform: Pick<Platform, 'gzip'> = { gzip: (bytes) => gzipSync(bytes) };

/** A reader fed by hand. */
export class FakeReader implements ByteReader {
  readonly #chunks: (Uint8Array | undefined)[] = [];
  #wake: () => void = () => undefined;
  reads = 0;
  closed = false;

  feed(text: string): void {
    this.#chunks.push(Buffer.from(text));
    this.#wake();
  }

  end(): void {
    this.#chunks.push(undefined);
    this.#wake();
  }

  async read(): Promise<Uint8Array | undefined> {
    this.reads++;
    while (this.#chunks.length === 0 && !this.closed) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#chunks.shift();
  }

  close(): void {
    this.closed = true;
    this.#wake();
  }
}

export function temporaryDirectory(): Disposable & {
  readonly path: string;
  at(name: string): string;
} {
  const path = mkdtempSync(join(tmpdir(), 'shim-unit-'));
  return {
    path,
    at: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
