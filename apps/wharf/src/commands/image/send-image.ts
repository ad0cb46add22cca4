import {
  InvalidArgumentError,
  isWharfError,
  type BlobDescriptor,
  type BlobWrite,
  type CallOptions,
  type Contents,
  type ErrorCode,
  type MissingBlob,
} from '@wharf/core';
import type { ProgressEvent } from '../../format/progress/index.js';

export interface Ends {
  readonly source: Contents;
  readonly target: Contents;
}

export interface SendRequest {
  readonly image: string;
  /** Canonical; undefined is the name that the image has. */
  readonly name: string | undefined;
  readonly platform: string | undefined;
  readonly lease: string;
}

interface Count {
  readonly blobs: number;
  readonly bytes: number;
}

export interface SentImage {
  readonly name: string;
  readonly imageId: string;
  readonly moved: Count;
  readonly skipped: Count;
}

export interface SendOptions extends CallOptions {
  readonly progress: (event: ProgressEvent) => void;
}

/** Blobs that are on their way at the same time. */
const parallel = 3;
const tries = 4;
const pause = 500;

/** What passes when it is tried again: a connection that broke. */
const passing: readonly ErrorCode[] = ['unavailable', 'deadline-exceeded'];

/** Moves what the target lacks of an image, three blobs at a time, and names it there at the end. */
export async function sendImage(
  ends: Ends,
  { image, name, platform, lease }: SendRequest,
  options: SendOptions,
): Promise<SentImage> {
  const { signal } = options;
  const call = platform === undefined ? { signal } : { signal, platform };
  const content = await ends.source.describe(image, call);
  const given = name ?? content.name;
  if (given === '') {
    throw new InvalidArgumentError(`${image} has no name to be sent under: give it one by --name`);
  }
  const missing = await ends.target.missing(lease, content.blobs, { signal });
  const lacking = new Set(missing.map(({ blob }) => blob.digest));
  const there = content.blobs.filter(({ digest }) => !lacking.has(digest));
  for (const blob of there) options.progress(event(blob, 'exists', blob.size));
  for (const { blob } of missing) options.progress(event(blob, 'waiting', 0));
  const moved = await sendAll(ends, lease, missing, options);
  const { imageId } = await ends.target.name(lease, given, content.target, { signal });
  const skipped = { blobs: there.length, bytes: sum(there.map(({ size }) => size)) };
  return { name: given, imageId, moved, skipped };
}

/** Workers take from one list; the first failure stops the others. */
async function sendAll(
  ends: Ends,
  lease: string,
  missing: readonly MissingBlob[],
  { signal, progress }: SendOptions,
): Promise<Count> {
  const failed = new AbortController();
  const options = { signal: AbortSignal.any([signal, failed.signal]), progress };
  const queue = [...missing];
  let bytes = 0;
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const sent = await sendBlob(ends, lease, next, options);
      bytes += sent;
    }
  };
  const guarded = async (): Promise<void> => {
    try {
      await work();
    } catch (thrown) {
      failed.abort(thrown);
      throw thrown;
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, queue.length) }, guarded));
  return { blobs: missing.length, bytes };
}

/** @returns how many bytes went over, repeated ones included */
async function sendBlob(
  ends: Ends,
  lease: string,
  { blob, offset }: MissingBlob,
  options: SendOptions,
): Promise<number> {
  const { signal } = options;
  let bytes = 0;
  let from = offset;
  for (let attempt = 1; ; attempt++) {
    try {
      const counted = count(ends.source.read(blob.digest, { signal, offset: from }), (size) => {
        bytes += size;
      });
      await writeBlob(ends.target, { lease, blob, offset: from }, counted, options);
      options.progress(event(blob, 'sent', blob.size));
      return bytes;
    } catch (thrown) {
      signal.throwIfAborted();
      const again = isWharfError(thrown) && passing.includes(thrown.code) && attempt < tries;
      if (!again) throw thrown;
      await wait(pause * 2 ** (attempt - 1), signal);
      const [rest] = await ends.target.missing(lease, [blob], { signal });
      if (rest === undefined) return bytes;
      from = rest.offset;
    }
  }
}

async function writeBlob(
  target: Contents,
  request: BlobWrite,
  chunks: AsyncIterable<Uint8Array>,
  { signal, progress }: SendOptions,
): Promise<void> {
  const { blob } = request;
  let current = request.offset;
  progress(event(blob, 'sending', current));
  const shown = count(chunks, (size) => {
    current += size;
    progress(event(blob, 'sending', current));
  });
  await target.write(request, shown, { signal });
}

async function* count(
  chunks: AsyncIterable<Uint8Array>,
  add: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    add(chunk.length);
    yield chunk;
  }
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      if (signal.aborted) reject(signal.reason as Error);
      else resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
  });
}

function event({ digest, size }: BlobDescriptor, phase: string, current: number): ProgressEvent {
  return { id: digest, phase, current, total: size };
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0);
}
