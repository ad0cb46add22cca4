import { InvalidArgumentError } from '@wharf/core';
import { z } from 'zod';

const absolute = z.string().refine((path) => path.startsWith('/'), 'must be an absolute path');

/** The daemon as a registry for other engines. */
export const serveSchema = z.strictObject({
  /** `host:port`, IPv6 in brackets; port 0 takes a free one. */
  address: z.string(),
  /** Whether clients may push; on other addresses than loopback it needs `tlscacert`. */
  write: z.boolean().default(false),
  tlscert: absolute.optional(),
  tlskey: absolute.optional(),
  /** Authority of the clients' certificates: only they are answered. */
  tlscacert: absolute.optional(),
});

export interface ServeAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Where to serve, once it is sure that nobody is served more than was meant: without TLS on loopback only, pushes from
 * elsewhere only by clients with a certificate (R10).
 */
export function serveAddress(settings: z.infer<typeof serveSchema>): ServeAddress {
  const { address, write, tlscert, tlskey, tlscacert } = settings;
  const [, bracketed, plain, digits] =
    /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(address) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65_535) {
    throw new InvalidArgumentError(
      `serve-registry: "${address}" is no address: write it as host:port, as in 127.0.0.1:5000`,
    );
  }
  if ((tlscert === undefined) !== (tlskey === undefined)) {
    throw new InvalidArgumentError('serve-registry: tlscert and tlskey belong together');
  }
  if (tlscacert !== undefined && tlscert === undefined) {
    throw new InvalidArgumentError('serve-registry: tlscacert needs tlscert and tlskey');
  }
  const loopback = host === '::1' || host === 'localhost' || /^127\.\d+\.\d+\.\d+$/.test(host);
  if (!loopback && tlscert === undefined) {
    throw new InvalidArgumentError(
      `serve-registry: ${address} can be reached from outside and needs tlscert and tlskey; without them serve 127.0.0.1`,
    );
  }
  if (!loopback && write && tlscacert === undefined) {
    throw new InvalidArgumentError(
      `serve-registry: to let clients push to ${address}, give tlscacert, so that only clients with a certificate are heard`,
    );
  }
  return { host, port };
}
