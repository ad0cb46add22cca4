import { InvalidArgumentError, printable } from '@wharf/core';

/** Where a daemon listens. */
export type Host =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** As dockerd's and docker's: the port of an engine with TLS. */
const defaultPort = 2376;

/** Reads `unix:///path`, `tcp://host[:port]` and an absolute path. Throws invalid-argument otherwise. */
export function parseHost(text: string): Host {
  if (text.startsWith('/')) return { kind: 'unix', path: text };
  if (text.startsWith('unix://')) {
    const path = text.slice('unix://'.length);
    if (path.startsWith('/')) return { kind: 'unix', path };
  }
  if (text.startsWith('tcp://')) return parseTcp(text);
  throw invalid(text);
}

/** The form in which messages name it. */
export function hostText(host: Host): string {
  if (host.kind === 'unix') return `unix://${host.path}`;
  return `tcp://${host.host.includes(':') ? `[${host.host}]` : host.host}:${host.port}`;
}

function parseTcp(text: string): Host {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '' || url.username !== '') throw invalid(text);
  if ((url.pathname !== '' && url.pathname !== '/') || url.search !== '' || url.hash !== '') {
    throw invalid(text);
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { kind: 'tcp', host, port: url.port === '' ? defaultPort : Number(url.port) };
}

function invalid(text: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `invalid host "${printable(text)}": write unix:///path/to.sock or tcp://name:port`,
  );
}
