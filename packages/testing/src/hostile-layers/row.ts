import type { LayerCompression } from '../fake-registry/images.js';

/** What must come of a layer: a refusal whose message matches, or that it is taken. */
export type Verdict = RegExp | 'taken';

/** One hostile or odd layer and what must come of it. */
export interface HostileLayer {
  readonly title: string;
  /** The layer; `canary` is the path of a directory outside the target that nothing may touch. */
  readonly layer: (canary: string) => Buffer;
  /** What the layer is said to be compressed with; default none. */
  readonly compression?: LayerCompression;
  /** Limits without which the row says nothing, in the words of the unpacker. */
  readonly limits?: {
    readonly bytes?: { readonly base: number; readonly perCompressed: number };
    readonly tar?: { readonly entries: number };
  };
  /** The message of the refusal, */
  readonly refused?: RegExp;
  /** or what the target then holds, in the notation of the unpacker's tests. */
  readonly tree?: Readonly<Record<string, string>>;
  /** or some of it; CANARY stands for the canary's path, inside the target. */
  readonly holds?: Readonly<Record<string, string>>;
  /** Where it is judged otherwise: */
  readonly elsewhere?: {
    /** where a digest vouches for the length of the stream, as in images; */
    readonly vouched?: Verdict;
    /** where the bytes tell how they are compressed (docker-archives, import, cp), also vouched for or not; */
    readonly sniffed?: Verdict;
    /** where it is an archive of plain files (cp). */
    readonly plain?: Verdict;
  };
}
