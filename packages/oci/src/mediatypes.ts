import { InvalidArgumentError, WharfError } from '@wharf/core';
import { every, isAlphaNumeric, quote } from './chars.js';

/** Media types of OCI image-spec 1.1 and of Docker's image manifest v2, schema 2. */
export const mediaTypes = Object.freeze({
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  ociEmpty: 'application/vnd.oci.empty.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  dockerLayerZstd: 'application/vnd.docker.image.rootfs.diff.tar.zstd',
  dockerForeignLayer: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
});

/** What to send as Accept when asking a registry for a manifest, best first. */
export const acceptedManifestTypes: readonly string[] = Object.freeze([
  mediaTypes.ociIndex,
  mediaTypes.dockerList,
  mediaTypes.ociManifest,
  mediaTypes.dockerManifest,
]);

export type LayerCompression = 'none' | 'gzip' | 'zstd';

const layerCompressions: ReadonlyMap<string, LayerCompression> = new Map([
  [mediaTypes.ociLayer, 'none'],
  [mediaTypes.ociLayerGzip, 'gzip'],
  [mediaTypes.ociLayerZstd, 'zstd'],
  [mediaTypes.dockerLayer, 'none'],
  [mediaTypes.dockerLayerGzip, 'gzip'],
  [mediaTypes.dockerLayerZstd, 'zstd'],
  [mediaTypes.dockerForeignLayer, 'gzip'],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar', 'none'],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', 'gzip'],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar+zstd', 'zstd'],
]);

/** The type without parameters, in lower case: `application/json; charset=utf-8` becomes `application/json`. */
export function parseMediaType(text: string): string {
  const end = text.indexOf(';');
  const type = (end < 0 ? text : text.slice(0, end)).trim().toLowerCase();
  const [kind = '', subtype = '', ...more] = type.split('/');
  const valid = more.length === 0 && isName(kind) && isName(subtype);
  if (!valid) throw new InvalidArgumentError(`invalid media type ${quote(text)}`);
  return type;
}

export function isManifestType(type: string): boolean {
  return type === mediaTypes.ociManifest || type === mediaTypes.dockerManifest;
}

export function isIndexType(type: string): boolean {
  return type === mediaTypes.ociIndex || type === mediaTypes.dockerList;
}

/** The type of a config that describes a container image, and not some other artifact. */
export function isImageConfigType(type: string): boolean {
  return type === mediaTypes.ociConfig || type === mediaTypes.dockerConfig;
}

export function isLayerType(type: string): boolean {
  return layerCompressions.has(type);
}

/** A layer that its author keeps out of registries; its bytes may be nowhere but at the `urls`. */
export function isForeignLayerType(type: string): boolean {
  return type === mediaTypes.dockerForeignLayer || type.includes('.layer.nondistributable.');
}

/** @throws WharfError unimplemented for what is not a layer of a file system */
export function layerCompression(type: string): LayerCompression {
  const compression = layerCompressions.get(type);
  if (compression === undefined) {
    throw new WharfError(
      'unimplemented',
      `${quote(type)} is no layer that can be unpacked: the object is not a container image`,
    );
  }
  return compression;
}

const ociLayerTypes: ReadonlyMap<string, string> = new Map([
  [mediaTypes.dockerLayer, mediaTypes.ociLayer],
  [mediaTypes.dockerLayerGzip, mediaTypes.ociLayerGzip],
  [mediaTypes.dockerLayerZstd, mediaTypes.ociLayerZstd],
  [mediaTypes.dockerForeignLayer, 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip'],
]);

/** What OCI calls a layer with those bytes; other types stay as they are. */
export function ociLayerType(type: string): string {
  return ociLayerTypes.get(type) ?? type;
}

const layerTypes = Object.freeze({
  none: mediaTypes.ociLayer,
  gzip: mediaTypes.ociLayerGzip,
  zstd: mediaTypes.ociLayerZstd,
});

/** OCI's type of a layer that is compressed so. */
export function layerTypeOf(compression: LayerCompression): string {
  return layerTypes[compression];
}

/** RFC 6838, section 4.2: restricted-name. */
function isName(text: string): boolean {
  if (text.length === 0 || text.length > 127 || !isAlphaNumeric(text.charCodeAt(0))) return false;
  return every(text, (c) => isAlphaNumeric(c) || '!#$&-^_.+'.includes(String.fromCharCode(c)));
}
