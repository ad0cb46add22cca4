import { chmod, chown, lstat, mkdir, mkdtemp, rename, rm, unlink } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { FailedPreconditionError, InvalidArgumentError } from '@wharf/core';
import type { Logger } from '../logger.js';
import { maxConnections } from './listener.js';
import type { Listener, OnConnection } from './listener.js';

/** sys/un.h: 108 bytes with the final NUL. */
const maxPathBytes = 107;
const ownerOnly = 0o600;
const ownerAndGroup = 0o660;
const parentMode = 0o711;

/** Who is at the other end of a connected unix socket (unix(7), SO_PEERCRED). */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

export interface UnixListenerOptions {
  readonly path: string;
  /** This group may connect: members of it are as good as root. Without it only the owner may. */
  readonly groupId?: number;
  peerCredentials(socket: Socket): PeerCredentials;
  /** Lets the kernel hold more for the peer, so that bulk is not sent in small parts. */
  widen?(socket: Socket): void;
}

/**
 * Listens on a path. The socket is bound in a directory that nobody else can enter, given its owner and mode there,
 * and only then moved into place: at no time does it stand open, and no umask is involved. A socket that a dead
 * daemon left is replaced; failed-precondition when a living one answers there or the path is no socket.
 */
export async function listenUnix(
  { path, groupId, peerCredentials, widen }: UnixListenerOptions,
  { logger, onConnection }: { readonly logger: Logger; readonly onConnection: OnConnection },
): Promise<Listener> {
  if (Buffer.byteLength(path) > maxPathBytes) {
    throw new InvalidArgumentError(`socket path ${path} is longer than ${maxPathBytes} bytes`);
  }
  await mkdir(dirname(path), { recursive: true, mode: parentMode });
  await refuseUnlessStale(path);
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    try {
      const peer = peerCredentials(socket);
      widen?.(socket);
      onConnection(socket, { kind: 'unix', ...peer });
    } catch (error) {
      logger.warn('connection refused: its peer is unknown', { address: path, error });
      socket.destroy();
    }
  });
  server.maxConnections = maxConnections;
  const bound = await bindAside(server, path, groupId);
  return {
    address: `unix://${path}`,
    async close() {
      await unlinkOwn(path, bound);
      server.close();
    },
  };
}

async function bindAside(server: Server, path: string, groupId?: number): Promise<Stats> {
  const aside = await mkdtemp(join(dirname(path), '.bind-'));
  try {
    const hidden = join(aside, 's');
    await listening(server, hidden);
    await chmod(hidden, ownerOnly);
    if (groupId !== undefined) {
      await chown(hidden, -1, groupId);
      await chmod(hidden, ownerAndGroup);
    }
    const bound = await lstat(hidden);
    await rename(hidden, path);
    return bound;
  } catch (error) {
    server.close();
    throw error;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function refuseUnlessStale(path: string): Promise<void> {
  const found = await statOrAbsent(path);
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new FailedPreconditionError(
      `${path} exists and is not a socket: remove it or choose another path`,
    );
  }
  if (await answers(path)) {
    throw new FailedPreconditionError(
      `another daemon listens on ${path}: stop it or choose another path`,
    );
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path });
    const settle = (answer: boolean): void => {
      probe.destroy();
      resolve(answer);
    };
    probe.once('connect', () => settle(true));
    // refused: nobody listens; whatever else happens, a living daemon is not positively there
    probe.once('error', (error: NodeJS.ErrnoException) => settle(error.code === 'EAGAIN'));
  });
}

/** Another daemon may have put its own socket there meanwhile. */
async function unlinkOwn(path: string, bound: Stats): Promise<void> {
  const found = await statOrAbsent(path);
  if (found?.ino === bound.ino && found.dev === bound.dev) await unlink(path);
}

async function statOrAbsent(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
