import { volumePathsFromWire } from '@wharf/api';
import { InvalidArgumentError, ResourceExhaustedError } from '@wharf/core';

/** What a caller may name in one call: bounds the memory that it takes here. */
const maxPaths = 1_000_000;
const maxPathBytes = 256 * 1024 * 1024;

/** Messages that name a volume, then paths of it, then perhaps bytes. */
type Frame =
  | { readonly $case: 'volume'; readonly value: string }
  | { readonly $case: 'paths' | 'removed'; readonly value: { readonly paths: readonly Buffer[] } }
  | { readonly $case: 'data'; readonly value: Uint8Array };

/** What comes after the paths. */
export interface RestOfFrames {
  /** Throws invalid-argument when anything comes. */
  end(): Promise<void>;
  data(): AsyncIterable<Uint8Array>;
}

export async function* framesOf<F extends Frame>(
  requests: AsyncIterator<{ readonly frame?: F | undefined }>,
): AsyncGenerator<Frame, undefined> {
  for (let next = await requests.next(); next.done !== true; next = await requests.next()) {
    if (next.value.frame === undefined) throw new InvalidArgumentError('a frame is empty');
    yield next.value.frame;
  }
  return undefined;
}

/** The first frame. */
export async function volumeOf(frames: AsyncIterator<Frame, undefined>): Promise<string> {
  const first = (await frames.next()).value;
  if (first?.$case !== 'volume') throw new InvalidArgumentError('the first frame must be volume');
  return first.value;
}

/** The frames of `kind`, up to the first of another. */
export async function allPaths(
  frames: AsyncIterator<Frame, undefined>,
  kind: 'paths' | 'removed',
): Promise<{ readonly paths: readonly string[]; readonly rest: RestOfFrames }> {
  const paths: string[] = [];
  let bytes = 0;
  let next = (await frames.next()).value;
  for (; next?.$case === kind; next = (await frames.next()).value) {
    for (const path of volumePathsFromWire(next.value.paths)) {
      paths.push(path);
      bytes += path.length;
    }
    if (paths.length > maxPaths || bytes > maxPathBytes) {
      throw new ResourceExhaustedError(`more than ${maxPaths} paths in one call: send fewer files`);
    }
  }
  return { paths, rest: restAfter(next, frames) };
}

function restAfter(
  first: Frame | undefined,
  frames: AsyncIterator<Frame, undefined>,
): RestOfFrames {
  return {
    async end() {
      if (first !== undefined) throw unexpected(first);
      await Promise.resolve();
    },
    async *data() {
      for (let frame = first; frame !== undefined; frame = (await frames.next()).value) {
        if (frame.$case !== 'data') throw unexpected(frame);
        yield frame.value;
      }
    },
  };
}

function unexpected({ $case }: Frame): InvalidArgumentError {
  return new InvalidArgumentError(`a frame with ${$case} does not belong here`);
}
