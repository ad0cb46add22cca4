import { bufferOf } from '@wharf/api';
import type { RequestOf, ResponseOf, ServiceDefinition } from '@wharf/api';
import { DataLossError } from '@wharf/core';
import type { CallOptions } from '@wharf/core';
import { upload } from './rpc.js';
import type { Transport } from './transport/transport.js';

/** A large chunk travels in several messages. */
const frameBytes = 256 * 1024;

/** Chunks of a size that fits a message. */
export async function* inFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; at += frameBytes) {
      yield bufferOf(chunk.subarray(at, at + frameBytes));
    }
  }
}

/** Messages of an upload: `open`, then the bytes. */
export async function* uploadFrames<Open>(
  open: Open,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<{
  frame: { $case: 'open'; value: Open } | { $case: 'data'; value: Buffer };
}> {
  yield { frame: { $case: 'open', value: open } };
  for await (const value of inFrames(chunks)) yield { frame: { $case: 'data', value } };
}

/** An upload with one answer. */
export async function uploaded<S extends ServiceDefinition, K extends keyof S['methods'] & string>(
  transport: Transport,
  method: readonly [S, K],
  frames: AsyncIterable<RequestOf<S, K>>,
  options: CallOptions,
): Promise<ResponseOf<S, K>> {
  let answer: ResponseOf<S, K> | undefined;
  for await (const response of upload(transport, method, frames, options, (read) => read)) {
    answer = response;
  }
  if (answer === undefined) throw new DataLossError('the daemon answered nothing');
  return answer;
}
