import { DataLossError, InvalidArgumentError, ResourceExhaustedError } from '@wharf/core';
import type { SparseMap, TarLimits, TarSink } from './entry.js';
import { blockBytes, defaultTarLimits, paddingOf } from './entry.js';
import { parseHeader } from './header.js';
import type { RawHeader } from './header.js';
import { entryOf, Extensions, hasBody, isExtension } from './members.js';
import {
  checkSparse,
  checkSparseCount,
  oldSparseExtension,
  oldSparseHeader,
  SparseLines,
} from './sparse.js';

type State = 'header' | 'extension' | 'old-sparse' | 'sparse-lines' | 'body' | 'padding' | 'ended';

interface PendingSparse {
  readonly header: RawHeader;
  readonly size: number;
  readonly map: number[];
  readonly lines: SparseLines;
}

/**
 * A push parser for tar archives in the ustar, PAX, GNU, star and v7 formats. Memory use is bounded by `limits`, whatever
 * comes in. Where readers in use disagree (bodies of links, global headers) it follows Go's archive/tar or refuses,
 * so that a layer is what Docker's tools see in it. After the end marker everything is ignored.
 *
 * `push` throws DataLossError (corrupt), InvalidArgumentError (refused) or ResourceExhaustedError (a limit); the
 * reader is not usable afterwards.
 */
export class TarReader {
  /** Members seen so far. */
  entries = 0;
  readonly #sink: TarSink;
  readonly #limits: TarLimits;
  readonly #extensions: Extensions;
  readonly #scratch = Buffer.alloc(blockBytes);
  #filled = 0;
  #state: State = 'header';
  #zeroBlocks = 0;
  #anything = false;
  /** Bytes that are still to come of the body, or of the padding. */
  #left = 0;
  #padding = 0;
  #position = 0;
  #collected: Buffer = this.#scratch;
  #collectedBytes = 0;
  #typeflag = 0;
  #sparse: SparseMap | undefined;
  #region = 0;
  #regionDone = 0;
  #pending: PendingSparse | undefined;
  /** Inside the body of a volume label, which is no member. */
  #skipping = false;

  constructor(sink: TarSink, limits: TarLimits = defaultTarLimits) {
    this.#sink = sink;
    this.#limits = limits;
    this.#extensions = new Extensions(limits);
  }

  push(chunk: Buffer): void {
    if (chunk.length > 0) this.#anything = true;
    for (let at = 0; at < chunk.length && this.#state !== 'ended';) {
      at = this.#step(chunk, at);
    }
  }

  /**
   * Says that nothing more comes. `endRequired` is false where the length of the archive is vouched for otherwise
   * (a digest): then an archive without end marker is taken as other tools take it.
   * @throws DataLossError when the archive breaks off.
   */
  finish({ endRequired = true }: { readonly endRequired?: boolean } = {}): void {
    if (this.#state === 'ended' || !this.#anything) return;
    const between = this.#state === 'header' && this.#filled === 0 && this.#extensions.empty;
    if (!between || (endRequired && this.#zeroBlocks === 0)) {
      throw new DataLossError('the archive is truncated');
    }
  }

  #step(chunk: Buffer, at: number): number {
    switch (this.#state) {
      case 'body':
        return this.#takeBody(chunk, at);
      case 'padding':
        return this.#takePadding(chunk, at);
      case 'extension':
        return this.#takeExtension(chunk, at);
      default:
        return this.#takeBlock(chunk, at);
    }
  }

  #takeBlock(chunk: Buffer, at: number): number {
    if (this.#filled === 0 && chunk.length - at >= blockBytes) {
      this.#block(chunk, at);
      return at + blockBytes;
    }
    const end = Math.min(chunk.length, at + blockBytes - this.#filled);
    chunk.copy(this.#scratch, this.#filled, at, end);
    this.#filled += end - at;
    if (this.#filled === blockBytes) {
      this.#filled = 0;
      this.#block(this.#scratch, 0);
    }
    return end;
  }

  #block(block: Buffer, start: number): void {
    if (this.#state === 'old-sparse') this.#oldSparse(block, start);
    else if (this.#state === 'sparse-lines') this.#sparseLines(block, start);
    else this.#header(block, start);
  }

  #header(block: Buffer, start: number): void {
    if (block[start] === 0 && isZero(block, start)) {
      if (!this.#extensions.empty) throw new DataLossError('the archive is truncated');
      if (++this.#zeroBlocks === 2) this.#state = 'ended';
      return;
    }
    if (this.#zeroBlocks > 0) {
      throw new DataLossError('the archive is corrupt: data follows a single block of zeros');
    }
    const header = parseHeader(block, start);
    if (header.size < 0) throw new DataLossError('the archive has an entry of negative size');
    if (isExtension(header.typeflag)) this.#startExtension(header);
    else this.#startMember(header, block, start);
  }

  #startExtension(header: RawHeader): void {
    this.#extensions.check(header.typeflag, header.size);
    this.#typeflag = header.typeflag;
    this.#collected = Buffer.allocUnsafe(header.size);
    this.#collectedBytes = 0;
    this.#left = header.size;
    this.#padding = paddingOf(header.size);
    this.#state = 'extension';
    if (header.size === 0) this.#endExtension();
  }

  #takeExtension(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#left);
    chunk.copy(this.#collected, this.#collectedBytes, at, end);
    this.#collectedBytes += end - at;
    this.#left -= end - at;
    if (this.#left === 0) this.#endExtension();
    return end;
  }

  #endExtension(): void {
    this.#extensions.add(this.#typeflag, this.#collected);
    this.#collected = this.#scratch;
    this.#startPadding();
  }

  #startMember(header: RawHeader, block: Buffer, start: number): void {
    if (++this.entries > this.#limits.entries) {
      throw new ResourceExhaustedError(
        `the archive has more than ${this.#limits.entries} entries, which is the limit`,
      );
    }
    const stored = hasBody(header.typeflag) ? (this.#extensions.size ?? header.size) : 0;
    this.#left = stored;
    this.#padding = paddingOf(stored);
    if (header.typeflag === 0x53) this.#startOldSparse(header, block, start);
    else if (this.#extensions.sparse !== undefined) this.#startPaxSparse(header);
    else this.#startBody(header, stored, undefined);
  }

  #startOldSparse(header: RawHeader, block: Buffer, start: number): void {
    const { regions, more, size } = oldSparseHeader(block, start);
    this.#pending = { header, size, map: regions, lines: new SparseLines() };
    if (more) this.#state = 'old-sparse';
    else this.#startSparseBody();
  }

  #oldSparse(block: Buffer, start: number): void {
    const { regions, more } = oldSparseExtension(block, start);
    const map = this.#pending?.map;
    if (map === undefined) return;
    map.push(...regions);
    checkSparseCount(map, this.#limits.paxBytes);
    if (!more) this.#startSparseBody();
  }

  #startPaxSparse(header: RawHeader): void {
    const { major, minor, map, size } = this.#extensions.sparse ?? {};
    if (!hasBody(header.typeflag) || size === undefined) {
      throw new DataLossError('the archive has a sparse file without a size');
    }
    this.#pending = { header, size, map: map ?? [], lines: new SparseLines() };
    if (major === 1 && minor === 0) {
      this.#state = 'sparse-lines';
      return;
    }
    if (map === undefined || (major ?? 0) !== 0 || (minor ?? 0) > 1) {
      throw new InvalidArgumentError('the archive has a sparse file of an unknown format');
    }
    checkSparseCount(map, this.#limits.paxBytes);
    this.#startSparseBody();
  }

  #sparseLines(block: Buffer, start: number): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    const { lines, map } = pending;
    this.#left -= blockBytes;
    if (this.#left < 0) throw new DataLossError('the archive has a sparse file without its map');
    const complete = lines.push(block, start);
    checkSparseCount(lines.numbers, this.#limits.paxBytes);
    if (!complete) return;
    for (const number of lines.numbers.slice(1)) map.push(number);
    this.#startSparseBody();
  }

  #startSparseBody(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    this.#startBody(
      pending.header,
      pending.size,
      checkSparse(pending.map, pending.size, this.#left),
    );
  }

  #startBody(header: RawHeader, size: number, sparse: SparseMap | undefined): void {
    if (size < 0 || size > this.#limits.fileBytes) {
      throw new ResourceExhaustedError('the archive has a file that is longer than the limit');
    }
    const entry = entryOf(header, this.#extensions, size, sparse);
    this.#extensions.clear();
    this.#sparse = sparse;
    this.#region = this.#regionDone = this.#position = 0;
    this.#skipping = entry === undefined;
    if (entry !== undefined) this.#sink.entry(entry);
    if (this.#left === 0) this.#endMember();
    else this.#state = 'body';
  }

  #endMember(): void {
    if (!this.#skipping) this.#sink.end();
    this.#startPadding();
  }

  #startPadding(): void {
    this.#left = this.#padding;
    this.#state = this.#left === 0 ? 'header' : 'padding';
  }

  #takePadding(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#left);
    this.#left -= end - at;
    if (this.#left === 0) this.#state = 'header';
    return end;
  }

  #takeBody(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#left);
    this.#left -= end - at;
    if (this.#sparse === undefined) {
      if (!this.#skipping) this.#sink.data(chunk, at, end, this.#position);
      this.#position += end - at;
    } else {
      this.#takeRegions(this.#sparse, chunk, at, end);
    }
    if (this.#left === 0) this.#endMember();
    return end;
  }

  #takeRegions(map: SparseMap, chunk: Buffer, start: number, end: number): void {
    for (let at = start; at < end;) {
      const length = map[this.#region + 1] ?? end - at;
      const take = Math.min(end - at, length - this.#regionDone);
      if (take > 0) {
        this.#sink.data(chunk, at, at + take, (map[this.#region] ?? 0) + this.#regionDone);
      }
      at += take;
      this.#regionDone += take;
      if (this.#regionDone === length) {
        this.#region += 2;
        this.#regionDone = 0;
      }
    }
  }
}

function isZero(block: Buffer, start: number): boolean {
  for (let at = start; at < start + blockBytes; at++) if (block[at] !== 0) return false;
  return true;
}
