import { join } from 'node:path';
import { createFakeEngine, tempDir } from '@wharf/testing';
import type { FakeEngine, FakeEngineOptions } from '@wharf/testing';
import { createServer } from './server.js';
import type { EngineServer, ListenerOptions, ServerOptions } from './server.js';

export const silent: ServerOptions['logger'] = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export const peerCredentials = () => ({ pid: 1, uid: 2, gid: 3 });

export interface TestServer extends AsyncDisposable {
  readonly engine: FakeEngine;
  readonly server: EngineServer;
  readonly socket: string;
}

/** A server of a fake engine on a socket in a folder of its own. */
export async function testServer(
  options: FakeEngineOptions = {},
  more: readonly ListenerOptions[] = [],
): Promise<TestServer> {
  await using undo = new AsyncDisposableStack();
  const directory = undo.use(await tempDir('wharf-server-'));
  const socket = join(directory.path, 'wharf.sock');
  const engine = createFakeEngine(options);
  const server = await createServer({
    engine,
    logger: silent,
    listeners: [{ kind: 'unix', path: socket, peerCredentials }, ...more],
    graceMs: 200,
  });
  undo.move();
  return {
    engine,
    server,
    socket,
    async [Symbol.asyncDispose]() {
      await server.close();
      await directory.remove();
    },
  };
}
