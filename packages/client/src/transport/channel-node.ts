import type { Socket } from 'node:net';
import { UnavailableError } from '@wharf/core';
import type { Channel, ChannelSink, Dial } from './channel.js';
import type { TlsClientOptions } from './tls.js';

/** Dials a unix socket through node:net, which is loaded only when it is needed. */
export function dialNodeUnix(path: string): Dial {
  return async (sink) => {
    const { connect } = await import('node:net');
    return connected(connect({ path }), 'connect', sink);
  };
}

/** Dials TCP with TLS; HTTP/2 must be agreed on (RFC 7301). */
export function dialTls(
  { host, port }: { readonly host: string; readonly port: number },
  tls: TlsClientOptions,
): Dial {
  return async (sink) => {
    const [{ connect }, { isIP }] = await Promise.all([import('node:tls'), import('node:net')]);
    const name = tls.serverName ?? host;
    const socket = connect({
      host,
      port,
      ...(tls.ca === undefined ? {} : { ca: tls.ca }),
      ...(tls.cert === undefined ? {} : { cert: tls.cert }),
      ...(tls.key === undefined ? {} : { key: tls.key }),
      ...(isIP(name) === 0 ? { servername: name } : {}),
      ALPNProtocols: ['h2'],
      minVersion: 'TLSv1.2',
      rejectUnauthorized: tls.verify,
    });
    socket.setNoDelay(true);
    const channel = await connected(socket, 'secureConnect', sink);
    if (socket.alpnProtocol === 'h2') return channel;
    socket.destroy();
    throw new UnavailableError(`${host}:${port} does not speak HTTP/2: is it a Wharf daemon?`);
  };
}

function connected(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  sink: ChannelSink,
): Promise<Channel> {
  return new Promise((resolve, reject) => {
    let failure: Error | undefined;
    socket.on('error', (error) => {
      failure = error;
    });
    socket.once('close', () => {
      reject(failure ?? new UnavailableError('the connection was closed at once'));
      sink.onClose(failure);
    });
    socket.on('data', (bytes: Buffer) => sink.onData(bytes));
    socket.on('drain', () => sink.onDrain());
    socket.once(event, () =>
      resolve({
        write: (bytes) => socket.write(bytes),
        close: () => socket.end(),
        hold: (held) => void (held ? socket.ref() : socket.unref()),
      }),
    );
  });
}
