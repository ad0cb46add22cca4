import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import type { AgentConnection } from '@wharf/core';
import type { AgentSocket, AgentSocketPort } from '@wharf/engine/ports';

/** A program that holds so many connections open at a time to one agent is refused more. */
const maxConnections = 64;

/** @param root <exec-root>/builds, whose path must be short: that of a socket has 107 bytes (unix(7)) */
export function createAgentSockets(root: string): AgentSocketPort {
  return { listen: (connect) => listenAt(root, connect) };
}

async function listenAt(
  root: string,
  connect: () => Promise<AgentConnection>,
): Promise<AgentSocket> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const directory = await mkdtemp(join(root, 'agent-'));
  const path = join(directory, 's');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    void pump(socket, connect);
  });
  server.maxConnections = maxConnections;
  try {
    await listen(server, path);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  return {
    path,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      server.on('error', () => undefined);
      resolve();
    });
  });
}

/** Whatever goes wrong with an agent, its program sees the end of the connection. */
async function pump(socket: Socket, connect: () => Promise<AgentConnection>): Promise<void> {
  let agent: AgentConnection | undefined;
  try {
    agent = await connect();
    await Promise.race([toAgent(socket, agent), fromAgent(socket, agent)]);
  } catch {
    // As an agent that went away.
  } finally {
    socket.destroy();
    await agent?.close().catch(() => undefined);
  }
}

async function toAgent(socket: Socket, agent: AgentConnection): Promise<void> {
  for await (const data of socket) await agent.write(data as Uint8Array);
}

async function fromAgent(socket: Socket, agent: AgentConnection): Promise<void> {
  for await (const data of agent.output)
    if (!socket.write(data)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
  await new Promise<void>((resolve) => socket.end(resolve));
}
