import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import type { PeerCertificate, Server, TlsOptions } from 'node:tls';
import { FailedPreconditionError, InvalidArgumentError } from '@wharf/core';
import type { Logger } from '../logger.js';
import { maxConnections } from './listener.js';
import type { Listener, OnConnection } from './listener.js';
import { readTlsFiles } from './tls-files.js';
import type { TlsFiles, TlsMaterial } from './tls-files.js';

const handshakeTimeoutMs = 10_000;
/** The kernel finds dead peers; it also answers for a caller that is only suspended, which HTTP/2 pings do not. */
const keepAliveDelayMs = 30_000;

export interface TlsListenerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly files: TlsFiles;
  /** TLSv1.3 unless old callers must be served. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
}

export interface TlsListener extends Listener {
  /** Reads the files again, for new connections; what is wrong with them is thrown and the old ones stay. */
  reload(): Promise<void>;
}

/**
 * Listens on TCP for callers with a certificate of our authority. There is no way to have it without: the server
 * side of the handshake (RFC 8446, 4.3.2) refuses the rest before a byte of a request is read.
 */
export async function listenTls(
  { host, port, files, minVersion = 'TLSv1.3' }: TlsListenerOptions,
  { logger, onConnection }: { readonly logger: Logger; readonly onConnection: OnConnection },
): Promise<TlsListener> {
  const server = createServer({
    ...contextOf(await readTlsFiles(files), files),
    minVersion,
    requestCert: true,
    rejectUnauthorized: true,
    ALPNProtocols: ['h2'],
    handshakeTimeout: handshakeTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveDelayMs,
    noDelay: true,
  });
  server.maxConnections = maxConnections;
  server.on('secureConnection', (socket) => {
    socket.on('error', () => socket.destroy());
    const { subject } = socket.getPeerCertificate();
    onConnection(socket, { kind: 'tls', subject: subjectText(subject) });
  });
  server.on('tlsClientError', (error, socket) => {
    logger.warn('TLS handshake failed', { peer: socket.remoteAddress, error: error.message });
  });
  const bound = await listening(server, host, port);
  return {
    address: `tcp://${host.includes(':') ? `[${host}]` : host}:${bound.port}`,
    close() {
      server.close();
      return Promise.resolve();
    },
    async reload() {
      server.setSecureContext(contextOf(await readTlsFiles(files), files));
    },
  };
}

/** OpenSSL refuses here what parses as PEM but is too weak to use. */
function contextOf(material: TlsMaterial, files: TlsFiles): TlsOptions & TlsMaterial {
  const options = { ...material, ciphers: 'DEFAULT:@SECLEVEL=2' };
  try {
    createServer(options).close();
    return options;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidArgumentError(`certificate ${files.cert} cannot be used: ${why}`, { cause });
  }
}

function listening(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const text = `cannot listen on tcp://${host}:${port}: ${cause.code ?? cause.message}`;
      reject(new FailedPreconditionError(text, { cause }));
    });
    server.listen({ host, port }, () => resolve(server.address() as AddressInfo));
  });
}

/** RFC 4514 order and escaping are not needed for a log line: KEY=value, comma between. */
function subjectText(subject: PeerCertificate['subject'] | undefined): string {
  return Object.entries(subject ?? {})
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(',');
}
