import { parseDigest, type Digest } from './digest.js';
import type { Fields } from './json-fields.js';
import type { JsonObject } from './json-value.js';
import { jsonList, jsonObject, jsonStringMap, type Member } from './json-write.js';
import { maxAnnotationLength, maxAnnotations, maxUrls, maxWordLength } from './limits.js';
import { parseMediaType } from './mediatypes.js';

export type Annotations = Readonly<Record<string, string>>;

/** What is known of a blob before it is fetched (OCI image-spec, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes, exactly. */
  readonly size: number;
  /** Where else the bytes may be; never followed by default. */
  readonly urls?: readonly string[];
  readonly annotations?: Annotations;
  readonly artifactType?: string;
}

/** Reads a descriptor of a parsed document; embedded `data` is ignored. */
export function readDescriptor(fields: Fields): Descriptor {
  const mediaType = fields.requiredString('mediaType', maxWordLength);
  const digest = fields.requiredString('digest', maxWordLength);
  const urls = fields.strings('urls', maxUrls, 4096);
  const annotations = readAnnotations(fields);
  const artifactType = fields.string('artifactType', maxWordLength);
  return Object.freeze({
    mediaType: fields.parsed('mediaType', mediaType, parseMediaType),
    digest: fields.parsed('digest', digest, parseDigest),
    size: fields.requiredCount('size'),
    ...(urls === undefined ? {} : { urls }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(artifactType === undefined ? {} : { artifactType }),
  });
}

export function readAnnotations(fields: Fields): Annotations | undefined {
  return fields.stringMap('annotations', maxAnnotations, maxAnnotationLength);
}

/** A descriptor as JSON; `extra` are members of a wider kind of descriptor. */
export function writeDescriptor(descriptor: Descriptor, extra: readonly Member[] = []): JsonObject {
  return jsonObject([
    ['mediaType', descriptor.mediaType],
    ['digest', descriptor.digest],
    ['size', descriptor.size],
    ['urls', jsonList(descriptor.urls)],
    ['annotations', jsonStringMap(descriptor.annotations)],
    ['artifactType', descriptor.artifactType],
    ...extra,
  ]);
}

/** Whether both name the same bytes. */
export function sameBlob(a: Descriptor, b: Descriptor): boolean {
  return a.digest === b.digest && a.size === b.size;
}
