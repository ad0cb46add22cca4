import { InvalidArgumentError } from '@wharf/core';
import { quote } from './chars.js';
import { parseJson } from './json.js';
import { Fields } from './json-fields.js';
import { maxDocumentBytes, maxWordLength } from './limits.js';
import { isIndexType, isManifestType, mediaTypes, parseMediaType } from './mediatypes.js';

/** What others claimed about a document before it was read; each claim present must agree with the body. */
export interface TypeClaims {
  /** The Content-Type header, parameters allowed. */
  readonly contentType?: string;
  /** The media type of the descriptor that led here. */
  readonly descriptorType?: string;
}

/** A manifest or index whose kind is settled, its fields still to be read. */
export interface Envelope {
  readonly kind: 'manifest' | 'index';
  readonly mediaType: string;
  readonly fields: Fields;
}

/** Members that would make the document another kind as well (containerd GHSA-5j5w-g665-5m35). */
const foreignMembers = Object.freeze({
  manifest: ['manifests', 'fsLayers'],
  index: ['config', 'layers', 'fsLayers'],
});

/**
 * Parses the bytes and settles that they are one kind of document under one media type.
 * @throws InvalidArgumentError when body, header and descriptor disagree or the body is two kinds at once
 */
export function openEnvelope(bytes: Uint8Array, claims: TypeClaims): Envelope {
  const fields = new Fields('manifest', parseJson(bytes, { maxBytes: maxDocumentBytes }));
  if (fields.count('schemaVersion') === 1) {
    throw new InvalidArgumentError(
      'the manifest has Docker schema 1, which is not supported: push the image again with a newer tool',
    );
  }
  if (fields.count('schemaVersion') !== 2) throw fields.fail('schemaVersion', 'must be 2');
  const mediaType = agreedType(fields, claims);
  const kind = isManifestType(mediaType) ? 'manifest' : 'index';
  for (const member of foreignMembers[kind]) {
    if (fields.has(member)) {
      throw fields.fail(member, `is not allowed in a document of type ${mediaType}`);
    }
  }
  return { kind, mediaType, fields };
}

function agreedType(fields: Fields, claims: TypeClaims): string {
  const body = fields.string('mediaType', maxWordLength);
  const claimed = [body, claims.contentType, claims.descriptorType]
    .filter((type) => type !== undefined)
    .map(parseMediaType);
  const type = claimed[0] ?? typeByShape(fields);
  const other = claimed.find((claim) => claim !== type);
  if (other !== undefined) {
    throw new InvalidArgumentError(
      `the manifest is said to be both ${quote(type)} and ${quote(other)}`,
    );
  }
  if (!isManifestType(type) && !isIndexType(type)) {
    throw new InvalidArgumentError(`${quote(type)} is no type of an image manifest or index`);
  }
  if (body === undefined && type === mediaTypes.dockerManifest) {
    throw fields.fail('mediaType', 'is missing');
  }
  return type;
}

function typeByShape(fields: Fields): string {
  return fields.has('manifests') ? mediaTypes.ociIndex : mediaTypes.ociManifest;
}
