import type { Compression } from '../../compression/compress.js';
import type { LeftOut } from '../tree/members.js';

/** What a worker thread is to do, one thing after the other. */
export type PackTask =
  | {
      readonly kind: 'layer';
      readonly upper: string;
      readonly lower: readonly string[];
      readonly epochSeconds: number | undefined;
      readonly stubs: readonly string[];
      readonly output: Output;
    }
  | {
      readonly kind: 'compare';
      readonly from: readonly string[];
      readonly to: readonly string[];
      readonly times: boolean;
      readonly details: boolean;
      readonly stubs: readonly string[];
    }
  | {
      readonly kind: 'recompress';
      readonly blobPath: string;
      readonly from: Compression;
      readonly output: Output;
    }
  | {
      readonly kind: 'identify';
      readonly path: string;
      readonly targetFile: string | undefined;
    };

export interface Output {
  readonly compression: Compression;
  readonly level: number | undefined;
  /** Nothing is written without it. */
  readonly targetFile: string | undefined;
  /** Whether the bytes are on the disk at the end; they are unless it is false. */
  readonly lasting?: boolean;
}

/** The message that begins a job. */
export interface PackStart {
  /** Path of the native addon. */
  readonly native: string;
  readonly task: PackTask;
  /** One 32-bit word: not 0 asks the thread to stop. It is not ended from outside, or descriptors would stay open. */
  readonly stop: SharedArrayBuffer;
}

export interface StoredLayer {
  readonly diffId: string;
  readonly digest: string;
  readonly size: number;
  readonly uncompressedSize: number;
  readonly entries: number;
  readonly leftOut: Readonly<LeftOut>;
}

export interface Identified {
  readonly compression: Compression;
  readonly diffId: string;
  readonly uncompressedSize: number;
  readonly rewritten: boolean;
}

/** Changes in one piece of memory, so that the main thread is handed few objects: kind, length (4 bytes), path. */
export type FromPacker =
  | { readonly kind: 'changes'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'packed'; readonly result: StoredLayer }
  | { readonly kind: 'compared' }
  | { readonly kind: 'identified'; readonly result: Identified };
