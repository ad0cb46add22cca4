import type { BuildSource } from '@wharf/core';
import { InvalidArgumentError } from '@wharf/core';
import { canonical, parseReference, withDefaultTag, type Reference } from '@wharf/oci';

/** A domain that no registry has (RFC 2606): images of layouts have no names of the daemon. */
const domain = 'oci-layout.invalid';

type LayoutContext = Extract<BuildSource, { readonly kind: 'oci-layout' }>;

/** By which a plan speaks of an image in a layout. @throws InvalidArgumentError for what is no tag or digest */
export function layoutName({ digest, reference }: LayoutContext): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (hex === undefined) throw new InvalidArgumentError(`${digest} is no tree of an OCI layout`);
  return canonical(withDefaultTag(parseReference(`${domain}/${hex}${reference}`)));
}

/** The tree of a layout, if that is what a reference means. */
export function layoutTree({ domain: at, path }: Reference): string | undefined {
  return at === domain && /^[0-9a-f]{64}$/.test(path) ? `sha256:${path}` : undefined;
}
