import {
  familiar,
  formatPlatform,
  parseReference,
  withoutTagAndDigest,
  withDefaultTag,
  type Platform,
} from '@wharf/oci';
import { imageUrl } from '../packages/purl.js';

/** An address as a URI without what would let one in: no password, and for http no user. */
export function addressUri(address: string): string {
  const scp = /^([^/:@]+@)?([^/:@]+):(?!\/\/)(.+)$/.exec(address);
  if (scp !== null && !URL.canParse(address))
    return `ssh://${scp[1] ?? ''}${scp[2] ?? ''}/${(scp[3] ?? '').replace(/^\/+/, '')}`;
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  if (url.username === '' && url.password === '') return address;
  url.password = '';
  if (/^https?:$/.test(url.protocol)) url.username = '';
  return url.href;
}

/** The package URL of a base image, by the name that the Dockerfile gives it. */
export function baseImageUri(text: string, platform: Platform): string {
  const reference = withDefaultTag(parseReference(text));
  return imageUrl(familiar(withoutTagAndDigest(reference)), reference.tag, [
    ['digest', reference.digest ?? ''],
    ['platform', formatPlatform(platform)],
  ]);
}
