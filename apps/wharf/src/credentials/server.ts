/** Docker Hub is written in config.json as it was called long ago. */
const hubServer = 'https://index.docker.io/v1/';
const hubHosts = ['docker.io', 'index.docker.io'];

/** Host under which references name Docker Hub. */
const hubDomain = 'docker.io';

/**
 * The host of a registry as people write it, `https://user-visible.example:5000/v2/` -> `user-visible.example:5000`:
 * what stands before the first slash, after a scheme if there is one. Docker's rule; nothing else is cut or added.
 */
export function hostOf(server: string): string {
  const at = server.indexOf('://');
  const rest = at < 0 ? server : server.slice(at + 3);
  const slash = rest.indexOf('/');
  return slash < 0 ? rest : rest.slice(0, slash);
}

/** The host as references have it; `docker.io` for all the names of Docker Hub and for none. */
export function domainOf(server: string): string {
  const host = hostOf(server);
  return host === '' || hubHosts.includes(host) ? hubDomain : host;
}

/** The name under which config.json and credential helpers know the registry of a domain. */
export function serverOf(domain: string): string {
  return hubHosts.includes(domain) ? hubServer : domain;
}

/**
 * Whether an entry of `auths`, whoever wrote it, is for exactly that domain. Docker Hub has tokens of another use under
 * further paths of its host, so it is known by its names alone.
 */
export function isServerOf(server: string, domain: string): boolean {
  if (serverOf(domain) === hubServer) return server === hubServer || hubHosts.includes(server);
  return hostOf(server) === domain;
}
