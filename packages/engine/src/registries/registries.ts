import type { Registries } from '@wharf/core';
import { InvalidArgumentError } from '@wharf/core';
import { defaultDomain, parseReference } from '@wharf/oci';
import type { RegistryWritePort } from '../images/ports.js';

export type RegistryQuestions = Pick<RegistryWritePort, 'checkCredentials' | 'search' | 'listTags'>;

/** Questions that concern no image of ours go straight to the adapter, with names read as everywhere else. */
export function createRegistries(registry: RegistryQuestions): Registries {
  return {
    login: async (host, credentials, { signal }) =>
      registry.checkCredentials(hostOf(host), { signal, auth: credentials }),
    async search(term, { credentials, ...options }) {
      const { host, rest } = splitTerm(term);
      return registry.search(host, rest, { ...options, ...authOf(credentials) });
    },
    async tags(repository, { credentials, ...options }) {
      const reference = parseReference(repository);
      if (reference.tag !== undefined || reference.digest !== undefined) {
        throw new InvalidArgumentError(`"${repository}" must be a name without tag and digest`);
      }
      return registry.listTags(reference, { ...options, ...authOf(credentials) });
    },
  };
}

const defaultHosts: ReadonlySet<string> = new Set([
  defaultDomain,
  'index.docker.io',
  'registry-1.docker.io',
]);

function authOf<T>(credentials: T | undefined): { readonly auth?: T } {
  return credentials === undefined ? {} : { auth: credentials };
}

/** A host as in references, checked by making it part of one. */
function hostOf(host: string): string {
  if (host === '' || defaultHosts.has(host)) return defaultDomain;
  if (parseReference(`${host}/x/x`).domain === host) return host;
  throw new InvalidArgumentError(
    `"${host}" is no registry: give a host such as registry.example.com or localhost:5000`,
  );
}

/** As docker search: what stands before the first slash is a registry if it looks like a host. */
function splitTerm(term: string): { readonly host: string; readonly rest: string } {
  const at = term.indexOf('/');
  const first = at < 0 ? '' : term.slice(0, at);
  const isHost = first === 'localhost' || first.includes('.') || first.includes(':');
  return isHost
    ? { host: hostOf(first), rest: term.slice(at + 1) }
    : { host: defaultDomain, rest: term };
}
