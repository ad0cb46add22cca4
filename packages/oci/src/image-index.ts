import { InvalidArgumentError } from '@wharf/core';
import {
  readAnnotations,
  readDescriptor,
  writeDescriptor,
  type Annotations,
  type Descriptor,
} from './descriptor.js';
import type { Fields } from './json-fields.js';
import { jsonObject, jsonStringMap, serialiseJson } from './json-write.js';
import { maxIndexEntries, maxWordLength } from './limits.js';
import { readManifest, type Manifest } from './manifest.js';
import { openEnvelope, type Envelope, type TypeClaims } from './manifest-envelope.js';
import { mediaTypes } from './mediatypes.js';
import { isPlatformWord, normalisePlatform, type Platform } from './platform.js';

export interface IndexEntry extends Descriptor {
  /** Normalised; absent when the index does not say. */
  readonly platform?: Platform;
}

/** Manifests of several platforms under one name (OCI image-spec, image-index.md; Docker manifest list). */
export interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly manifests: readonly IndexEntry[];
  readonly annotations?: Annotations;
  readonly artifactType?: string;
  readonly subject?: Descriptor;
}

/** @throws InvalidArgumentError, ResourceExhaustedError */
export function parseImageIndex(bytes: Uint8Array, claims: TypeClaims = {}): ImageIndex {
  const envelope = openEnvelope(bytes, claims);
  if (envelope.kind === 'index') return readImageIndex(envelope);
  throw new InvalidArgumentError('the document is an image manifest, not an index');
}

/** Reads whichever of the two the bytes are. */
export function parseManifestOrIndex(
  bytes: Uint8Array,
  claims: TypeClaims = {},
): Manifest | ImageIndex {
  const envelope = openEnvelope(bytes, claims);
  return envelope.kind === 'index' ? readImageIndex(envelope) : readManifest(envelope);
}

/** The bytes of an index; the same for the same content. */
export function serialiseImageIndex(index: ImageIndex): Uint8Array {
  return serialiseJson(
    jsonObject([
      ['schemaVersion', 2],
      ['mediaType', index.mediaType],
      ['artifactType', index.artifactType],
      ['manifests', index.manifests.map(writeEntry)],
      ['subject', index.subject && writeDescriptor(index.subject)],
      ['annotations', jsonStringMap(index.annotations)],
    ]),
  );
}

/** An index of ours. */
export function makeImageIndex(
  manifests: readonly IndexEntry[],
  annotations?: Annotations,
): ImageIndex {
  return Object.freeze({
    kind: 'index',
    mediaType: mediaTypes.ociIndex,
    manifests: Object.freeze([...manifests]),
    ...(annotations === undefined ? {} : { annotations }),
  });
}

/**
 * As makeImageIndex, but a manifest list of Docker when all that it names are Docker's own manifests without
 * annotations: clients from before OCI read no other type.
 */
export function makeManifestList(manifests: readonly IndexEntry[]): ImageIndex {
  const isDocker = ({ mediaType, annotations }: IndexEntry): boolean =>
    mediaType === mediaTypes.dockerManifest && annotations === undefined;
  const index = makeImageIndex(manifests);
  if (manifests.length === 0 || !manifests.every(isDocker)) return index;
  return Object.freeze({ ...index, mediaType: mediaTypes.dockerList });
}

function readImageIndex({ fields, mediaType }: Envelope): ImageIndex {
  const annotations = readAnnotations(fields);
  const artifactType = fields.string('artifactType', maxWordLength);
  const subject = fields.nested('subject', readDescriptor);
  return Object.freeze({
    kind: 'index',
    mediaType,
    manifests: fields.requiredList('manifests', maxIndexEntries, readEntry),
    ...(annotations === undefined ? {} : { annotations }),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(subject === undefined ? {} : { subject }),
  });
}

function readEntry(fields: Fields): IndexEntry {
  const platform = fields.nested('platform', readPlatform);
  const descriptor = readDescriptor(fields);
  return platform === undefined ? descriptor : Object.freeze({ ...descriptor, platform });
}

function readPlatform(fields: Fields): Platform | undefined {
  const [os = '', architecture = ''] = [readWord(fields, 'os'), readWord(fields, 'architecture')];
  if (os === '' && architecture === '') return undefined;
  return normalisePlatform(
    os,
    architecture,
    readWord(fields, 'variant'),
    fields.string('os.version', maxWordLength),
  );
}

function readWord(fields: Fields, key: string): string | undefined {
  const word = fields.string(key, maxWordLength);
  if (word === undefined || word === '' || isPlatformWord(word)) return word;
  throw fields.fail(key, 'has characters that no platform has');
}

function writeEntry(entry: IndexEntry) {
  const { platform } = entry;
  if (platform === undefined) return writeDescriptor(entry);
  const json = jsonObject([
    ['os', platform.os],
    ['architecture', platform.architecture],
    ['variant', platform.variant || undefined],
    ['os.version', platform.osVersion],
  ]);
  return writeDescriptor(entry, [['platform', json]]);
}
