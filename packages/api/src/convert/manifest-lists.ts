import type { ManifestAnnotation, ManifestView, TransferCredentials } from '@wharf/core';
import { InvalidArgumentError } from '@wharf/core';
import type { RegistryCredentials as WireCredentials } from '../gen/wharf/v1/images.js';
import type * as wire from '../gen/wharf/v1/manifests.js';
import { bufferOf } from './streams.js';
import { credentialsFromWire } from './images.js';
import {
  defined,
  eachFromWire,
  listFromWire,
  numberFromWire,
  numberToWire,
  recordFromWire,
  recordToWire,
  required,
  textOrAbsent,
} from './values.js';

const maxRegistries = 100;

export function credentialMapToWire(
  credentials: TransferCredentials | undefined,
): Map<string, WireCredentials> {
  return new Map(Array.from(credentials ?? [], ([host, entry]) => [host, { ...entry }]));
}

export function credentialMapFromWire(
  credentials: ReadonlyMap<string, WireCredentials>,
): TransferCredentials | undefined {
  if (credentials.size === 0) return undefined;
  if (credentials.size > maxRegistries) {
    throw new InvalidArgumentError(`credentials for more than ${maxRegistries} registries`);
  }
  return new Map(
    Array.from(credentials, ([host, entry]) => [
      host,
      required(credentialsFromWire(entry), 'credentials'),
    ]),
  );
}

export function annotationToWire(
  name: string,
  source: string,
  annotation: ManifestAnnotation,
): wire.AnnotateManifestRequest {
  const { os = '', architecture = '', variant = '', osVersion = '', osFeatures } = annotation;
  return {
    name,
    source,
    os,
    architecture,
    variant,
    osVersion,
    osFeatures: [...(osFeatures ?? [])],
    annotations: recordToWire(annotation.annotations ?? {}),
  };
}

/** What is empty was not asked for. */
export function annotationFromWire(request: wire.AnnotateManifestRequest): ManifestAnnotation {
  const { osFeatures, annotations } = request;
  return defined({
    os: textOrAbsent(request.os),
    architecture: textOrAbsent(request.architecture),
    variant: textOrAbsent(request.variant),
    osVersion: textOrAbsent(request.osVersion),
    osFeatures: osFeatures.length === 0 ? undefined : listFromWire(osFeatures, 'os_features'),
    annotations: annotations.size === 0 ? undefined : recordFromWire(annotations, 'annotations'),
  });
}

export function manifestViewToWire(view: ManifestView): wire.ManifestView {
  const { size, document, entries, ...rest } = view;
  return {
    ...rest,
    sizeBytes: numberToWire(size, 'size of a manifest'),
    document: bufferOf(document),
    entries: entries.map(manifestViewToWire),
  };
}

export function manifestViewFromWire(message: wire.ManifestView | undefined): ManifestView {
  const { sizeBytes, entries, ...rest } = required(message, 'manifest');
  return {
    ...rest,
    size: numberFromWire(sizeBytes, 'manifest.size_bytes'),
    entries: eachFromWire(entries, 'manifest.entries', manifestViewFromWire),
  };
}
