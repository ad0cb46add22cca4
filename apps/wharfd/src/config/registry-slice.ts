import { parseCidr, proxyFromEnv } from '@wharf/registry';
import type {
  ConfiguredCredentials,
  ProxyConfig,
  RegistryConfig,
  RegistryHostConfig,
} from '@wharf/registry';
import type { RegistrySettings } from './registries.js';
import type { Config } from './schema.js';

const dockerHub = 'docker.io';
/** Connections to one host beside those that carry blobs: manifests, look-ups, tokens. */
const spareConnections = 8;

type Environment = Readonly<Record<string, string | undefined>>;

/** What the registry client needs to know. */
export function registrySlice(config: Config, env: Environment): RegistryConfig {
  const insecure = config['insecure-registries'];
  const downloads = config['max-concurrent-downloads'];
  const uploads = config['max-concurrent-uploads'];
  return {
    hosts: hostsOf(
      config,
      insecure.filter((text) => parseCidr(text) === undefined),
    ),
    insecureNets: insecure.filter((text) => parseCidr(text) !== undefined),
    mirrors: mirrorsOf(config),
    rewrites: rewritesOf(config),
    blocked: config['blocked-registries'],
    certsDirs: config['certs-dirs'],
    proxy: proxyOf(config, env),
    limits: {
      attempts: config['max-download-attempts'],
      connectionsPerHost: downloads + uploads + spareConnections,
    },
  };
}

function hostsOf(config: Config, insecure: readonly string[]): Map<string, RegistryHostConfig> {
  const hosts = new Map<string, RegistryHostConfig>();
  for (const host of insecure) hosts.set(host, { insecure: true });
  for (const [host, settings] of Object.entries(config.registries)) {
    if (host !== '*') hosts.set(host, { ...hosts.get(host), ...hostOf(settings) });
  }
  return hosts;
}

function hostOf(settings: RegistrySettings): RegistryHostConfig {
  const { insecure, ca, 'allow-local': allowLocal } = settings;
  const { 'client-cert': certFile, 'client-key': keyFile } = settings;
  const upload = settings['upload-chunk-size'] ?? settings.upload;
  const credentials = credentialsOf(settings);
  return {
    ...(insecure === undefined ? {} : { insecure }),
    ...(allowLocal === undefined ? {} : { allowLocal }),
    ...(ca === undefined ? {} : { caFile: ca }),
    ...(certFile === undefined || keyFile === undefined
      ? {}
      : { clientCert: { certFile, keyFile } }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(upload === undefined ? {} : { upload }),
  };
}

function credentialsOf(settings: RegistrySettings): ConfiguredCredentials | undefined {
  const { username, 'password-file': passwordFile } = settings;
  const identityTokenFile = settings['identity-token-file'];
  if (identityTokenFile !== undefined) return { identityTokenFile };
  if (username === undefined || passwordFile === undefined) return undefined;
  return { username, passwordFile };
}

function mirrorsOf(config: Config): Map<string, readonly string[]> {
  const mirrors = new Map<string, readonly string[]>();
  for (const [host, settings] of Object.entries(config.registries)) {
    if (settings.mirrors !== undefined) mirrors.set(host, settings.mirrors);
  }
  const hub = config['registry-mirrors'];
  if (hub.length > 0) mirrors.set(dockerHub, hub);
  return mirrors;
}

function rewritesOf(config: Config): Map<string, string> {
  const rewrites = new Map(Object.entries(config.rewrite));
  const usual = config['default-registry'];
  if (usual !== dockerHub) rewrites.set(dockerHub, usual);
  return rewrites;
}

/** Each setting of the configuration wins over the environment's. */
function proxyOf(config: Config, env: Environment): ProxyConfig {
  const { 'http-proxy': http, 'https-proxy': https, 'no-proxy': noProxy } = config.proxies;
  return {
    ...proxyFromEnv(env),
    ...(http === undefined ? {} : { http }),
    ...(https === undefined ? {} : { https }),
    ...(noProxy === undefined ? {} : { noProxy }),
  };
}
