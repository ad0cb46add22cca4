import type { Socket } from 'node:net';
import { NotFoundError, UnavailableError, type AgentConnection } from '@wharf/core';
import type { SigningKey } from './key-agent/private-key.js';

/** An agent of this machine by its socket, or keys for which we are the agent. */
export type Agent = { readonly socket: string } | { readonly keys: readonly SigningKey[] };

/** Connects the daemon with agents of this machine. */
export function agentOpener(
  agents: ReadonlyMap<string, Agent>,
): (id: string) => Promise<AgentConnection> {
  return async (id) => {
    const agent = agents.get(id);
    if (agent === undefined) throw new NotFoundError('ssh agent', id);
    if ('socket' in agent) return connection(await opened(id, agent.socket));
    const { keyAgent } = await import('./key-agent/key-agent.js');
    return keyAgent(agent.keys);
  };
}

function opened(id: string, path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = process.getBuiltinModule('node:net').connect(path);
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
