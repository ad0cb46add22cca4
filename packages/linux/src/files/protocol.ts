import type { ErrorCode, ErrorFacts, PathStat, VolumeEntry } from '@wharf/core';
import type { RootView } from '@wharf/engine/ports';
import type { ByteLimit } from '../unpack/protocol.js';

/** What a thread is started with; it does one job and is gone, because a mount namespace cannot be left. */
export interface FilesStart {
  /** Path of the native addon. */
  readonly native: string;
  readonly bootId: string;
  /** See `recordDescriptors`. */
  readonly descriptors: SharedArrayBuffer;
  readonly view: RootView;
  readonly job: FilesJob;
}

export type FilesJob =
  | { readonly kind: 'stat'; readonly path: string }
  | { readonly kind: 'pack'; readonly path: string; readonly followLink: boolean }
  | {
      readonly kind: 'pack-root';
      /** With an entry for the root, the others below it. */
      readonly top?: boolean;
      /** These alone (latin1), and the directories that lead to them. */
      readonly paths?: readonly string[];
    }
  | { readonly kind: 'entries' }
  | {
      readonly kind: 'unpack';
      readonly path: string;
      readonly noOverwriteDirNonDir: boolean;
      readonly top?: boolean;
      readonly remove?: readonly string[];
      readonly byteLimit: Omit<ByteLimit, 'most'>;
    };

/** A chunk of an archive for a thread that unpacks, null at its end; or how many bytes of what a thread sent are used. */
export type ToFiles = Uint8Array<ArrayBuffer> | number | null;

export type FromFiles =
  | { readonly kind: 'stat'; readonly stat: PathStat }
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'entries'; readonly entries: readonly VolumeEntry[]; readonly bytes: number }
  /** So many bytes of what was sent are used up. */
  | { readonly kind: 'taken'; readonly bytes: number }
  | { readonly kind: 'done' }
  | {
      readonly kind: 'failed';
      readonly code: ErrorCode;
      readonly message: string;
      readonly facts: ErrorFacts;
    };

/** Bytes that may be on their way, in either direction. */
export const windowBytes = 8 << 20;
