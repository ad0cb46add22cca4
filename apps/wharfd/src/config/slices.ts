import { InvalidArgumentError } from '@wharf/core';
import type { ContainerDefaults } from '@wharf/engine';
import type { TlsFiles } from '@wharf/server';
import { defaultNetwork } from './network-slice.js';
import type { Config } from './schema.js';

/** With its leading slash. */
export function cgroupParent(config: Config): string {
  const parent = config['cgroup-parent'];
  return parent.startsWith('/') ? parent : `/${parent}`;
}

export function containerDefaults(config: Config, initPath: string): ContainerDefaults {
  return {
    logDriver: config['log-driver'],
    logOptions: config['log-opts'],
    pidsLimit: BigInt(config['default-pids-limit']),
    cgroupParent: cgroupParent(config),
    initPath,
    networkMode: defaultNetwork(config),
    init: config.init,
    noNewPrivileges: config['no-new-privileges'],
    stopTimeoutSeconds: 10,
  };
}

export function tlsFiles(config: Config): TlsFiles {
  const { tlscacert: ca, tlscert: cert, tlskey: key, tlscrl: crl } = config;
  if (ca === undefined || cert === undefined || key === undefined) {
    throw new InvalidArgumentError('tcp needs tlscacert, tlscert and tlskey');
  }
  return { ca, cert, key, ...(crl === undefined ? {} : { crl }) };
}

export interface HostAddress {
  readonly host: string;
  readonly port: number;
}

const defaultPort = 2376;

/** tcp://host[:port], IPv6 in brackets. */
export function parseTcp(url: string): HostAddress {
  const rest = url.slice('tcp://'.length).replace(/\/$/, '');
  const close = rest.startsWith('[') ? rest.indexOf(']') : -1;
  const colon = rest.indexOf(':', Math.max(0, close));
  const host = colon < 0 ? rest : rest.slice(0, colon);
  const port = colon < 0 ? defaultPort : Number(rest.slice(colon + 1));
  if (host === '' || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError(`invalid host ${url}: write it as tcp://host:port`);
  }
  return { host: close < 0 ? host : host.slice(1, -1), port };
}
