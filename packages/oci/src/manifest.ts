import { DataLossError, InvalidArgumentError } from '@wharf/core';
import type { ImageConfig } from './config.js';
import {
  readAnnotations,
  readDescriptor,
  writeDescriptor,
  type Annotations,
  type Descriptor,
} from './descriptor.js';
import { jsonObject, jsonStringMap, serialiseJson } from './json-write.js';
import { maxLayers, maxWordLength } from './limits.js';
import { openEnvelope, type Envelope, type TypeClaims } from './manifest-envelope.js';
import { isImageConfigType, isLayerType, mediaTypes } from './mediatypes.js';

/** One platform's image, or an artifact (OCI image-spec, manifest.md; Docker image manifest v2, schema 2). */
export interface Manifest {
  readonly kind: 'manifest';
  readonly mediaType: string;
  readonly config: Descriptor;
  /** Lowest first. */
  readonly layers: readonly Descriptor[];
  readonly annotations?: Annotations;
  readonly artifactType?: string;
  readonly subject?: Descriptor;
}

/** @throws InvalidArgumentError, ResourceExhaustedError */
export function parseManifest(bytes: Uint8Array, claims: TypeClaims = {}): Manifest {
  const envelope = openEnvelope(bytes, claims);
  if (envelope.kind === 'manifest') return readManifest(envelope);
  throw new InvalidArgumentError('the document is an image index, not a manifest');
}

export function readManifest({ fields, mediaType }: Envelope): Manifest {
  const annotations = readAnnotations(fields);
  const artifactType = fields.string('artifactType', maxWordLength);
  const subject = fields.nested('subject', readDescriptor);
  return Object.freeze({
    kind: 'manifest',
    mediaType,
    config: fields.requiredNested('config', readDescriptor),
    layers: fields.requiredList('layers', maxLayers, readDescriptor),
    ...(annotations === undefined ? {} : { annotations }),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(subject === undefined ? {} : { subject }),
  });
}

/** Whether it is a container image that could be run, and not an artifact such as an attestation or a chart. */
export function isImageManifest(manifest: Manifest): boolean {
  return (
    isImageConfigType(manifest.config.mediaType) &&
    manifest.layers.every((layer) => isLayerType(layer.mediaType))
  );
}

/** The bytes of a manifest; the same for the same content. */
export function serialiseManifest(manifest: Manifest): Uint8Array {
  return serialiseJson(
    jsonObject([
      ['schemaVersion', 2],
      ['mediaType', manifest.mediaType],
      ['artifactType', manifest.artifactType],
      ['config', writeDescriptor(manifest.config)],
      ['layers', manifest.layers.map((layer) => writeDescriptor(layer))],
      ['subject', manifest.subject && writeDescriptor(manifest.subject)],
      ['annotations', jsonStringMap(manifest.annotations)],
    ]),
  );
}

/** A manifest of ours around a config and its layers. */
export function makeManifest(
  config: Descriptor,
  layers: readonly Descriptor[],
  annotations?: Annotations,
): Manifest {
  return Object.freeze({
    kind: 'manifest',
    mediaType: mediaTypes.ociManifest,
    config,
    layers: Object.freeze([...layers]),
    ...(annotations === undefined ? {} : { annotations }),
  });
}

/** @throws DataLossError when the config does not name as many layers as the manifest */
export function checkLayerCount(manifest: Manifest, config: ImageConfig): void {
  const [layers, diffIds] = [manifest.layers.length, config.diffIds.length];
  if (layers === diffIds) return;
  throw new DataLossError(
    `the manifest has ${layers} layers, but its config has ${diffIds} diff ids`,
    {
      facts: { config: manifest.config.digest },
    },
  );
}
