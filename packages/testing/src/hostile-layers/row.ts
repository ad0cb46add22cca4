import type { Compression } from '../../../compression/compress.js';
import type { UnpackLimits } from '../../unpacker.js';

/** One hostile or odd layer and what must come of it. */
export interface Row {
  readonly title: string;
  /** The layer; `canary` is the path of a directory outside the target that nothing may touch. */
  readonly layer: (canary: string) => Buffer;
  readonly compression?: Compression;
  readonly limits?: UnpackLimits;
  /** The message of the refusal, */
  readonly refused?: RegExp;
  /** or what the target then holds, in the notation of `treeOf`. */
  readonly tree?: Readonly<Record<string, string>>;
  /** or some of it; CANARY stands for the canary's path, inside the target. */
  readonly holds?: Readonly<Record<string, string>>;
}
