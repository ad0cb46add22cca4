import { InvalidArgumentError } from '@wharf/core';
import { parseDigest, type Digest } from '@wharf/oci';

const maxComponents = 8;
const maxLength = 1024;

/**
 * A member's name without `./` before and `/` after it; '' for the root itself.
 * @throws InvalidArgumentError for what leads out of the archive or is written so that readers would disagree on it
 */
export function cleanName(name: string): string {
  const inner = name.startsWith('./') ? name.slice(2) : name;
  const clean = inner.endsWith('/') ? inner.slice(0, -1) : inner;
  if (clean === '' || clean === '.') return '';
  const parts = clean.split('/');
  const sound =
    clean.length <= maxLength &&
    parts.length <= maxComponents &&
    parts.every((part) => part !== '' && part !== '.' && part !== '..') &&
    ![...clean].some((char) => char < ' ' || char === '\u007f' || char === '\\');
  if (!sound) {
    throw new InvalidArgumentError(
      `the archive has an entry with the name ${shown(name)}, which no image archive has`,
    );
  }
  return clean;
}

/** Where a symlink points inside the archive. @throws InvalidArgumentError when that is outside */
export function resolveLink(from: string, link: string): string {
  const parts = link.startsWith('/') ? ['..'] : from.split('/').slice(0, -1);
  for (const part of link.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) parts.push('..');
    if (parts[0] === '..') break;
  }
  if (parts.length === 0 || parts[0] === '..') {
    throw new InvalidArgumentError(
      `the archive has a link ${shown(from)} to ${shown(link)}, which is outside of it`,
    );
  }
  return cleanName(parts.join('/'));
}

/** The digest of which a member of `blobs/` carries the bytes; undefined for other members. */
export function blobDigest(name: string): Digest | undefined {
  const [folder, algorithm, hex, more] = name.split('/');
  if (folder !== 'blobs') return undefined;
  if (hex === undefined || more !== undefined)
    throw new InvalidArgumentError(`the archive has a blob with the name ${shown(name)}`);
  return parseDigest(`${algorithm}:${hex}`);
}

export function shown(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}
