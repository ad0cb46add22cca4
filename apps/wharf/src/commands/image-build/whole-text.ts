import { InvalidArgumentError, type CallOptions } from '@wharf/core';

/** Of a Dockerfile; more is no text that people write. */
const maxBytes = 4 * 1024 * 1024;

/** All of a stream as UTF-8. @throws InvalidArgumentError when it is no text or too long */
export async function wholeText(
  what: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { signal }: CallOptions,
): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    bytes += chunk.length;
    if (bytes > maxBytes)
      throw new InvalidArgumentError(`${what} is longer than ${maxBytes} bytes`);
    parts.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
  } catch (cause) {
    throw new InvalidArgumentError(`${what} is neither text in UTF-8 nor an archive`, { cause });
  }
}
