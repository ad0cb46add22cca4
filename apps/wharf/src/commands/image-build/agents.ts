import { connect, type Socket } from 'node:net';
import { NotFoundError, UnavailableError, type AgentConnection } from '@wharf/core';

/** Connects the daemon with agents of this machine, by the paths of their sockets. */
export function agentOpener(
  sockets: ReadonlyMap<string, string>,
): (id: string) => Promise<AgentConnection> {
  return async (id) => {
    const path = sockets.get(id);
    if (path === undefined) throw new NotFoundError('ssh agent', id);
    return connection(await opened(id, path));
  };
}

function opened(id: string, path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.off('error', refuse);
      resolve(socket);
    });
    const refuse = (cause: Error): void =>
      reject(new UnavailableError(`the ssh agent ${id} does not answer at ${path}`, { cause }));
    socket.once('error', refuse);
  });
}

function connection(socket: Socket): AgentConnection {
  // An end without a reader is no failure of the build.
  socket.on('error', () => undefined);
  return {
    output: socket as AsyncIterable<Uint8Array>,
    write: (data) =>
      new Promise((resolve, reject) => {
        socket.write(data, (error) => (error == null ? resolve() : reject(error)));
      }),
    close: () => {
      socket.destroy();
      return Promise.resolve();
    },
  };
}
