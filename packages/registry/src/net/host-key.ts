export const dockerHub = 'docker.io';
/** Where the registry of docker.io answers. */
export const dockerHubApi = 'registry-1.docker.io';
/** Where its search answers. */
export const dockerHubIndex = 'index.docker.io';

/**
 * One key for the ways to write a host: names have no case, 443 is the port that goes without saying, and
 * docker.io answers under another name. Nothing else is taken for the same: no suffix, no scheme, no path.
 */
export function keyOf(host: string): string {
  const lower = host.toLowerCase();
  const key = lower.endsWith(':443') ? lower.slice(0, -':443'.length) : lower;
  return key === dockerHubApi || key === dockerHubIndex ? dockerHub : key;
}
