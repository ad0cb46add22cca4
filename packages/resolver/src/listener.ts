import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { closeSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Native } from '@wharf/linux/native';
import { framed } from './upstream.js';

/** Where containers ask: loopback, so that it is reached whatever their routes and filters are. */
export const resolverAddress = '127.0.0.11';
const dnsPort = 53;
const addressFamily = 2;
const stream = 1;
const datagrams = 2;

/** Of one container at a time. */
const mostConnections = 32;
const idleMs = 10_000;
/** A question is far smaller; a larger one is an attack. */
const largestQuestion = 4096;
/** Questions of one container under way; what comes then is dropped, as a full socket would. */
const mostAtOnce = 128;

export type Answerer = (
  message: Buffer,
  overTcp: boolean,
) => Buffer | undefined | Promise<Buffer | undefined>;

export interface Listener {
  close(): void;
}

/** Listens in a network namespace, UDP and TCP. Resolves when both do. */
export function listenIn(native: Native, path: string, answer: Answerer): Promise<Listener> {
  return listenAt(native, path, { address: resolverAddress, port: dnsPort }, answer);
}

async function listenAt(
  native: Native,
  path: string | null,
  place: Place,
  answer: Answerer,
): Promise<Listener> {
  const udp = await boundSocket(native, path, place, datagrams);
  let tcp: number;
  try {
    tcp = await boundSocket(native, path, place, stream);
  } catch (error) {
    closeSync(udp);
    throw error;
  }
  const sockets = await datagramsOn(udp, answer);
  const server = await streamsOn(tcp, answer);
  return {
    close() {
      sockets.close();
      server.close();
      for (const each of server.open) each.destroy();
    },
  };
}

/** Listens for programs of the host, UDP and TCP, at ADDRESS:PORT. */
export async function listenOnHost(
  native: Native,
  endpoint: string,
  answer: Answerer,
): Promise<Listener> {
  const at = endpoint.lastIndexOf(':');
  const place = { address: endpoint.slice(0, at), port: Number(endpoint.slice(at + 1)) };
  return listenAt(native, null, place, answer);
}

interface Place {
  readonly address: string;
  readonly port: number;
}

async function boundSocket(
  native: Native,
  path: string | null,
  { address, port }: Place,
  type: number,
): Promise<number> {
  const fd = await native.socketInNetns(path, addressFamily, type, 0);
  try {
    native.bindSocket(fd, address, port);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

async function datagramsOn(fd: number, answer: Answerer): Promise<Datagrams> {
  const socket = createSocket('udp4');
  let underWay = 0;
  socket.on('error', () => undefined);
  socket.on('message', (message: Buffer, from) => {
    if (underWay >= mostAtOnce || message.length > largestQuestion) return;
    const send = (bytes: Buffer | undefined) => {
      if (bytes !== undefined) socket.send(bytes, from.port, from.address, () => undefined);
    };
    const given = answer(message, false);
    if (!(given instanceof Promise)) {
      send(given);
      return;
    }
    underWay++;
    given
      .then(send)
      // The container, and its socket with it, has gone meanwhile.
      .catch(() => undefined)
      .finally(() => underWay--);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ fd }, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  return socket;
}

async function streamsOn(fd: number, answer: Answerer): Promise<Server & { open: Set<Socket> }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    if (open.size >= mostConnections) {
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
    socket.setTimeout(idleMs, () => socket.destroy());
    serve(socket, answer);
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ fd }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return Object.assign(server, { open });
}

/** One question after the other; who sends more before an answer waits for it. */
function serve(socket: Socket, answer: Answerer): void {
  let received: Buffer = Buffer.alloc(0);
  let busy = false;
  const next = async (): Promise<void> => {
    busy = true;
    while (received.length >= 2) {
      const length = received.readUInt16BE(0);
      if (length > largestQuestion) {
        socket.destroy();
        return;
      }
      if (received.length < length + 2) break;
      const message = received.subarray(2, length + 2);
      received = received.subarray(length + 2);
      const given = await answer(message, true);
      if (given === undefined || socket.destroyed) {
        socket.destroy();
        return;
      }
      socket.write(framed(given));
    }
    busy = false;
    socket.resume();
  };
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (busy) socket.pause();
    else next().catch(() => socket.destroy());
  });
}
