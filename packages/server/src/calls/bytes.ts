import { bufferOf } from '@wharf/api';
import { InvalidArgumentError } from '@wharf/core';

/** Well below the limit of one message, large enough that its head costs nothing. */
const frameBytes = 256 * 1024;

/** Messages of a caller that sends bytes: what they are for, then the bytes themselves. */
export type UploadFrame<Open> =
  | { readonly $case: 'open'; readonly value: Open }
  | { readonly $case: 'data'; readonly value: Uint8Array };

export interface Upload<Open> {
  readonly open: Open;
  /** Ends when the caller half-closes. */
  readonly data: AsyncIterable<Uint8Array>;
}

/** Reads the first message; the rest is read as it is asked for. */
export async function receiveUpload<Open>(
  requests: AsyncIterator<{ readonly frame?: UploadFrame<Open> | undefined }>,
): Promise<Upload<Open>> {
  const first = (await requests.next()).value as { frame?: UploadFrame<Open> } | undefined;
  if (first?.frame?.$case !== 'open') {
    throw new InvalidArgumentError('the first frame must be open');
  }
  return { open: first.frame.value, data: receiveData(requests) };
}

/** Reads messages that are bytes and nothing else. */
export async function* receiveData<Open>(
  requests: AsyncIterator<{ readonly frame?: UploadFrame<Open> | undefined }>,
): AsyncGenerator<Uint8Array> {
  for (let next = await requests.next(); next.done !== true; next = await requests.next()) {
    const { frame } = next.value;
    if (frame?.$case !== 'data') throw new InvalidArgumentError('a frame after open must be data');
    yield frame.value;
  }
}

/** A stream of bytes in messages of a bounded size. */
export async function* framed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; at += frameBytes) {
      yield bufferOf(chunk.subarray(at, at + frameBytes));
    }
  }
}
