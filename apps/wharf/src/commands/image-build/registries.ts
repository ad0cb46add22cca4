import type { CallOptions, TransferCredentials } from '@wharf/core';
import { defaultDomain, parseReference } from '@wharf/oci';
import type { CredentialStore } from '../../credentials/credentials.js';

/** A host with a dot or a port, or localhost, before the path of an image. */
const named =
  /(?<![\w./:@-])((?:[\w-]+(?:\.[\w-]+)+|localhost)(?::[0-9]{1,5})?|[\w-]+:[0-9]{1,5})\//g;

/** The registries that texts may name, docker's own among them. */
export function registriesIn(texts: readonly string[]): readonly string[] {
  const found = new Set([defaultDomain]);
  for (const text of texts) for (const [, host = ''] of text.matchAll(named)) found.add(host);
  return [...found];
}

/** The registries of these names of images. */
export function registriesOf(names: readonly string[]): readonly string[] {
  return names.map((name) => parseReference(name).domain);
}

/** What config.json has, and what helpers have for the registries that a build may need. */
export async function buildCredentials(
  store: CredentialStore,
  registries: readonly string[],
  options: CallOptions,
): Promise<TransferCredentials> {
  return new Map([...(await store.written()), ...(await store.findAll(registries, options))]);
}
