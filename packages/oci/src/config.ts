import type { ImageHistoryEntry, ImageRuntimeConfig } from '@wharf/core';
import { readRuntimeConfig } from './config-runtime.js';
import { parseDigest, type Digest } from './digest.js';
import { parseJson } from './json.js';
import { Fields } from './json-fields.js';
import {
  maxDocumentBytes,
  maxHistory,
  maxLayers,
  maxProseLength,
  maxWordLength,
} from './limits.js';
import { isPlatformWord, normalisePlatform, type Platform } from './platform.js';
import { parseTimestamp } from './timestamp.js';

/**
 * The config of an image (OCI image-spec, config.md, and Docker's extensions). All of it is the image's wish
 * about the inside of a container and has no meaning for the host.
 */
export interface ImageConfig {
  readonly platform: Platform;
  /** RFC 3339, as written; years 0000 to 9999. */
  readonly created?: string;
  readonly author: string;
  readonly config: ImageRuntimeConfig;
  /** Digests of the unpacked layers, lowest first. */
  readonly diffIds: readonly Digest[];
  readonly history: readonly ImageHistoryEntry[];
}

/** @throws InvalidArgumentError naming the field, ResourceExhaustedError past a limit */
export function parseConfig(bytes: Uint8Array): ImageConfig {
  const fields = new Fields('image config', parseJson(bytes, { maxBytes: maxDocumentBytes }));
  const created = readTimestamp(fields);
  return Object.freeze({
    platform: readPlatform(fields),
    ...(created === undefined ? {} : { created }),
    author: fields.string('author', maxProseLength) ?? '',
    config: fields.nested('config', readRuntimeConfig) ?? emptyRuntimeConfig(),
    diffIds: fields.requiredNested('rootfs', readRootfs),
    history: fields.list('history', maxHistory, readHistory) ?? Object.freeze([]),
  });
}

/** The runtime config of an image that says nothing. */
export function emptyRuntimeConfig(): ImageRuntimeConfig {
  return readRuntimeConfig(new Fields('image config', new Map()));
}

function readPlatform(fields: Fields): Platform {
  return normalisePlatform(
    readWord(fields, 'os', fields.requiredString('os', maxWordLength)),
    readWord(fields, 'architecture', fields.requiredString('architecture', maxWordLength)),
    readWord(fields, 'variant', fields.string('variant', maxWordLength) || undefined),
    fields.string('os.version', maxWordLength),
  );
}

function readWord<T extends string | undefined>(fields: Fields, key: string, word: T): T {
  if (word === undefined || isPlatformWord(word)) return word;
  throw fields.fail(key, 'has characters that no platform has');
}

function readRootfs(rootfs: Fields): readonly Digest[] {
  const type = rootfs.requiredString('type', maxWordLength);
  if (type !== 'layers') throw rootfs.fail('type', 'must be "layers"');
  const diffIds = rootfs.strings('diff_ids', maxLayers, maxWordLength) ?? [];
  return Object.freeze(diffIds.map((id, i) => rootfs.parsed(`diff_ids[${i}]`, id, parseDigest)));
}

function readHistory(entry: Fields): ImageHistoryEntry {
  const created = readTimestamp(entry);
  return Object.freeze({
    ...(created === undefined ? {} : { createdAt: new Date(created) }),
    createdBy: entry.string('created_by', maxProseLength) ?? '',
    comment: entry.string('comment', maxProseLength) ?? '',
    emptyLayer: entry.boolean('empty_layer') ?? false,
  });
}

function readTimestamp(fields: Fields): string | undefined {
  const text = fields.string('created', maxWordLength);
  if (text !== undefined) fields.parsed('created', text, parseTimestamp);
  return text;
}
