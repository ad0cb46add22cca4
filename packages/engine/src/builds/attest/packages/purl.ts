import type { Distribution } from './distribution.js';
import type { InstalledPackage } from './package.js';

/** The package URL of a package (purl-spec, with its definitions of types). */
export function packageUrl(
  { type, name, version, architecture }: InstalledPackage,
  { id, version: release }: Distribution,
): string {
  const isOfSystem = type === 'deb' || type === 'apk';
  const home = type === 'deb' ? 'debian' : 'alpine';
  const qualifiers: [string, string][] = isOfSystem
    ? [
        ['arch', architecture],
        ['distro', id === '' || release === '' ? id : `${id}-${release}`],
      ]
    : [];
  const path = isOfSystem ? [id || home, name.toLowerCase()] : name.split('/');
  return [
    `pkg:${type}/${path.map(encode).join('/')}`,
    `@${encode(version)}`,
    queryOf(qualifiers),
  ].join('');
}

/** Of an image: `pkg:docker/NAME@TAG?platform=…`, as BuildKit writes it. */
export function imageUrl(
  name: string,
  version: string | undefined,
  qualifiers: readonly (readonly [string, string])[],
): string {
  const path = name.split('/').map(encode).join('/');
  return `pkg:docker/${path}${version === undefined ? '' : `@${encode(version)}`}${queryOf(qualifiers)}`;
}

/** Ordered by key; those without a value are left out. */
function queryOf(qualifiers: readonly (readonly [string, string])[]): string {
  const said = qualifiers
    .filter(([, value]) => value !== '')
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${encode(value)}`);
  return said.length === 0 ? '' : `?${said.join('&')}`;
}

/** All but letters, digits, `.-_~` and the colon. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%3A', ':');
}
