import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isWharfError } from '@wharf/core';
import type { WharfError } from '@wharf/core';
import { tempDir } from '@wharf/testing';
import { createSources } from './sources.js';
import type { SourcesConfig } from './config.js';

export const call = () => ({ signal: AbortSignal.timeout(25_000) });

/** Sources with a directory of their own, that may reach the loopback unless told otherwise. */
export async function openSources(config: Partial<SourcesConfig> = {}) {
  await using dir = new AsyncDisposableStack();
  const { path } = dir.use(await tempDir());
  const sources = createSources({
    allowPrivate: ['127.0.0.1'],
    userAgent: 'wharf-test',
    temporary: `${path}/tmp`,
    ...config,
  });
  const kept = dir.move();
  return { sources, path, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

export async function serveHttp(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export async function failureOf(work: Promise<unknown>): Promise<WharfError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (isWharfError(error)) return error;
  throw new Error('it did not fail with a code', { cause: error });
}
