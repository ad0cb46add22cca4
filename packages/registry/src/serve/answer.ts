import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { Refusal } from './refusal.js';

export function answerJson(response: ServerResponse, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

export function answerRefusal(response: ServerResponse, refusal: Refusal): void {
  const { status, word, message } = refusal;
  const text = JSON.stringify({ errors: [{ code: word, message }] });
  // What was not read of a request's body must not be taken for the next request.
  const close = response.req.complete ? {} : { connection: 'close' };
  response.writeHead(status, {
    ...refusal.headers,
    ...close,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** Sends bytes as fast as the client takes them; resolves when they are handed over. */
export async function sendBytes(
  response: ServerResponse,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    if (!response.write(chunk)) await once(response, 'drain', { signal });
  }
  response.end();
}
