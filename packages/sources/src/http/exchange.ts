import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import {
  DataLossError,
  isWharfError,
  ResourceExhaustedError,
  UnavailableError,
  WharfError,
} from '@wharf/core';
import type { SourceLimits } from '../config.js';
import { cancellation } from '../fault.js';
import { dial, placeOf, proxyAuthorization } from '../net/dial.js';
import type { DialParts } from '../net/dial.js';

/** Bytes of all headers of one answer. */
const maxHeaderBytes = 64 * 1024;

export interface Wire extends DialParts {
  readonly userAgent: string;
  readonly limits: SourceLimits;
}

/** One GET on a connection of its own, without redirects. The body is the caller's, which destroys it. */
export async function exchange(
  url: URL,
  headers: Readonly<Record<string, string>>,
  wire: Wire,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  try {
    const { socket, proxy } = await dial(url, wire, signal);
    const { hostname: host, port } = placeOf(url);
    const forProxy = proxy !== undefined && url.protocol === 'http:';
    const req = request({
      method: 'GET',
      host,
      port,
      path: forProxy ? url.origin + url.pathname + url.search : url.pathname + url.search,
      createConnection: () => socket,
      headers: {
        host: url.host,
        'user-agent': wire.userAgent,
        'accept-encoding': 'identity',
        connection: 'close',
        ...headers,
        ...(forProxy ? proxyAuthorization(proxy) : {}),
      },
      maxHeaderSize: maxHeaderBytes,
      insecureHTTPParser: false,
      signal,
    });
    req.end();
    return await answerOf(req, url, wire.limits.headerMs);
  } catch (error) {
    throw explained(error, url, signal);
  }
}

/** What went wrong with a connection, as a failure that names the host; texts of servers are not in it. */
export function explained(error: unknown, url: URL, signal: AbortSignal): WharfError {
  if (signal.aborted) return cancellation(signal);
  if (isWharfError(error)) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const options = { cause: error, facts: { host: url.host, cause: code } };
  if (code === 'HPE_HEADER_OVERFLOW') {
    const text = `${url.host}: the headers of the answer are larger than 64 KiB`;
    return new ResourceExhaustedError(text, options);
  }
  if (code.startsWith('HPE_')) {
    return new DataLossError(`${url.host}: the answer is not valid http (${code})`, options);
  }
  if (/CERT|SIGNATURE|ERR_TLS/.test(code)) {
    const text = `cannot trust the certificate of ${url.host} (${code}): its authority must be known to the daemon's host`;
    return new WharfError('failed-precondition', text, options);
  }
  return new UnavailableError(
    `${url.host}: ${whys[code] ?? (code || 'connection failed')}`,
    options,
  );
}

const whys: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was closed before the answer was complete',
  EPIPE: 'the connection was closed before the answer was complete',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ETIMEDOUT: 'connection timed out',
});

function answerOf(
  req: ReturnType<typeof request>,
  url: URL,
  headerMs: number,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const text = `${url.host} did not answer within ${headerMs / 1000} s`;
      req.destroy(new WharfError('deadline-exceeded', text, { facts: { host: url.host } }));
    }, headerMs);
    req.on('error', reject);
    req.once('close', () => {
      clearTimeout(timer);
      reject(new UnavailableError(`${url.host}: the connection was closed before the answer`));
    });
    req.once('response', (body) => {
      clearTimeout(timer);
      body.on('error', () => undefined);
      resolve(body);
    });
  });
}
