import { DataLossError, InvalidArgumentError } from '@wharf/core';
import type { SparseMap } from './entry.js';
import { blockBytes } from './entry.js';
import { numberField } from './fields.js';

/** The part of a GNU sparse map that one block holds. */
export interface SparseBlock {
  readonly regions: number[];
  readonly more: boolean;
}

/** Reads the four regions inside an old GNU sparse header (typeflag S) and the length of the file. */
export function oldSparseHeader(block: Buffer, start: number): SparseBlock & { size: number } {
  return {
    regions: regionsAt(block, start + 386, 4),
    more: block[start + 482] !== 0,
    size: numberField(block, start + 483, 12, 'sparse size'),
  };
}

/** Reads the 21 regions of a block that continues an old GNU sparse header. */
export function oldSparseExtension(block: Buffer, start: number): SparseBlock {
  return { regions: regionsAt(block, start, 21), more: block[start + 504] !== 0 };
}

function regionsAt(block: Buffer, start: number, count: number): number[] {
  const regions: number[] = [];
  for (let at = start; at < start + count * 24 && block[at] !== 0; at += 24) {
    regions.push(numberField(block, at, 12, 'sparse'), numberField(block, at + 12, 12, 'sparse'));
  }
  return regions;
}

/** Collects the decimal lines that precede the data of a format 1.0 file, block by block. */
export class SparseLines {
  readonly numbers: number[] = [];
  #value = 0;
  #digits = 0;

  /** Takes one block; true when the map is complete (the rest of the block is padding). */
  push(block: Buffer, start: number): boolean {
    for (let at = start; at < start + blockBytes; at++) {
      const byte = block[at] ?? 0;
      if (byte === 0x0a && this.#digits > 0) {
        this.numbers.push(this.#value);
        this.#value = this.#digits = 0;
        if (this.#complete()) return true;
      } else if (byte >= 0x30 && byte <= 0x39 && ++this.#digits <= 15) {
        this.#value = this.#value * 10 + byte - 0x30;
      } else {
        throw new DataLossError('the archive is corrupt: the map of a sparse file is broken');
      }
    }
    return false;
  }

  #complete(): boolean {
    return this.numbers.length === 1 + 2 * (this.numbers[0] ?? 0);
  }
}

/**
 * Checks that regions are ordered, do not overlap, end inside the file and add up to the stored bytes.
 * @throws DataLossError otherwise: readers would disagree on the content.
 */
export function checkSparse(map: SparseMap, size: number, stored: number): SparseMap {
  let end = 0;
  let total = 0;
  for (let index = 0; index < map.length; index += 2) {
    const offset = map[index] ?? -1;
    const length = map[index + 1] ?? -1;
    if (offset < end || length < 0 || !Number.isSafeInteger(offset + length)) throw wrong();
    end = offset + length;
    total += length;
  }
  if (end > size || total !== stored) throw wrong();
  return map;
}

function wrong(): DataLossError {
  return new DataLossError(
    'the archive is corrupt: the map of a sparse file does not fit its size',
  );
}

/** Keeps hostile maps small: every region costs 16 bytes of memory. */
export function checkSparseCount(map: SparseMap, limit: number): void {
  if (map.length * 8 > limit) {
    throw new InvalidArgumentError('the archive has a sparse file with too many regions');
  }
}
