import { mkdir } from 'node:fs/promises';
import { DataLossError, FailedPreconditionError, type CallOptions } from '@wharf/core';
import { unpackCopy } from '../../files/unpack.js';
import type { CliIo } from '../../io/io.js';
import { checkOutputPath, sendTo } from '../shared/output-file.js';
import type { OutputPlace } from './output-flag.js';
import { Pipe } from './pipe.js';
import { blobsOfCache, tidyLayout } from './tidy-layout.js';

/** Refuses places to which nothing can be written, before anything is built. @throws failed-precondition, invalid-argument */
export async function checkPlaces(
  io: CliIo,
  places: readonly (OutputPlace | undefined)[],
): Promise<void> {
  for (const place of places) {
    if (place?.kind === 'file') await checkOutputPath(place.path);
    if (place?.kind === 'stdout' && io.stdout.isTTY) {
      throw new FailedPreconditionError(
        'refusing to write an archive to a terminal: give --output a dest or redirect',
      );
    }
  }
}

/** Writes the bytes of outputs to their places as they come. */
export class OutputReceiver {
  readonly #io: CliIo;
  readonly #places: readonly (OutputPlace | undefined)[];
  readonly #options: CallOptions & { readonly warn: (text: string) => void };
  readonly #pipes = new Map<number, Pipe>();
  readonly #work: Promise<void>[] = [];

  constructor(
    io: CliIo,
    places: readonly (OutputPlace | undefined)[],
    options: CallOptions & { readonly warn: (text: string) => void },
  ) {
    this.#io = io;
    this.#places = places;
    this.#options = options;
  }

  /** @throws what went wrong with the place of an output as soon as it is known */
  async take(index: number, data: Uint8Array, last: boolean): Promise<void> {
    const pipe = this.#pipes.get(index) ?? this.#open(index);
    await pipe.push(data);
    if (last) pipe.end();
  }

  /** All has come. @throws data-loss when an output has no end */
  async finish(): Promise<void> {
    for (const [index, place] of this.#places.entries()) {
      if (place === undefined || this.#pipes.has(index) || isOptional(place)) continue;
      throw new DataLossError('the build ended without one of its outputs, try it again');
    }
    for (const pipe of this.#pipes.values()) {
      pipe.fail(new DataLossError('an output of the build was cut off, try it again'));
    }
    await Promise.all(this.#work);
  }

  /** Stops what is being written; half a file is not left. */
  async abandon(reason: unknown): Promise<void> {
    for (const pipe of this.#pipes.values()) pipe.fail(reason);
    await Promise.allSettled(this.#work);
  }

  #open(index: number): Pipe {
    const place = this.#places[index];
    if (place === undefined) throw new DataLossError('the daemon sent an output that has no place');
    const pipe = new Pipe();
    this.#pipes.set(index, pipe);
    const work = isOptional(place)
      ? this.#write(place, pipe).catch((error: unknown) => this.#goOnWithout(place, error))
      : this.#write(place, pipe);
    void work.catch(() => undefined).finally(() => pipe.stop());
    this.#work.push(work);
    return pipe;
  }

  async #write(place: OutputPlace, pipe: Pipe): Promise<void> {
    const { signal } = this.#options;
    if (place.kind === 'layout') return this.#writeLayout(place.path, pipe);
    if (place.kind !== 'directory') {
      const path = place.kind === 'file' ? place.path : '';
      return sendTo(this.#io, path, () => pipe, { signal });
    }
    await this.#unpack(place.path, pipe);
  }

  async #writeLayout(path: string, pipe: Pipe): Promise<void> {
    const { signal } = this.#options;
    const startedAt = this.#io.now().getTime();
    const before = await blobsOfCache(path, { signal });
    await this.#unpack(path, pipe);
    await tidyLayout(path, before, { signal, startedAt });
  }

  #goOnWithout(place: OutputPlace, error: unknown): void {
    const { signal, warn } = this.#options;
    if (signal.aborted) throw error;
    const path = 'path' in place ? place.path : '';
    warn(`the cache could not be written to ${path}: ${messageOf(error)}`);
  }

  async #unpack(path: string, pipe: Pipe): Promise<void> {
    const { signal, warn } = this.#options;
    await mkdir(path, { recursive: true });
    await unpackCopy(
      withRoot(pipe),
      { directory: path, name: undefined },
      {
        signal,
        skipped: (name, what) => warn(`${name} is left out: a ${what} cannot be made here`),
      },
    );
  }
}

/** A build goes on without it. */
function isOptional(place: OutputPlace): boolean {
  return place.kind === 'layout' && place.ignoreError;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Names the directory itself first, under which all that follows is placed. */
async function* withRoot(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield rootHeader();
  yield* chunks;
}

/** A header of POSIX ustar for the directory `./`. */
function rootHeader(): Uint8Array {
  const header = Buffer.alloc(512);
  header.write('./', 0);
  header.write('0000755\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write('00000000000\0', 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('5', 156);
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}
