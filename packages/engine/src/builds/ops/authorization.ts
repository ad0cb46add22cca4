import type { BuildSecret } from '@wharf/core';

/** What secrets are called that are for the servers of sources; `.HOST` behind it makes it one for that host alone. */
export type AuthorizationPrefix = 'GIT_AUTH' | 'HTTP_AUTH';

/**
 * Value of the Authorization header for a host: of the secret PREFIX_HEADER as it stands, else of PREFIX_TOKEN, as GitHub takes a
 * token for git, and as a bearer's for files. Those of the host go before those of all.
 */
export function authorizationFor(
  secrets: readonly BuildSecret[],
  prefix: AuthorizationPrefix,
  host: string,
): string | undefined {
  const find = (id: string): string | undefined => {
    const secret = secrets.find((one) => one.id === id);
    return secret && Buffer.from(secret.value).toString().trim();
  };
  const header = find(`${prefix}_HEADER.${host}`) ?? find(`${prefix}_HEADER`);
  if (header !== undefined) return header;
  const token = find(`${prefix}_TOKEN.${host}`) ?? find(`${prefix}_TOKEN`);
  if (token === undefined) return undefined;
  return prefix === 'HTTP_AUTH'
    ? `Bearer ${token}`
    : `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
}
