import type { Image } from '@wharf/core';
import {
  familiar,
  familiarName,
  parseConfig,
  parseReference,
  type Digest,
  type ImageConfig,
} from '@wharf/oci';
import { maxDocumentBytes } from '@wharf/oci';
import type { ContentStore } from '../content/content.js';
import type { Layers } from '../layers/layers.js';
import type { ImageRecord } from './records.js';

const cached = 512;

/** Parsed configs by digest; verified content never changes, so they are kept. */
export class ConfigCache {
  readonly #configs = new Map<Digest, ImageConfig>();
  readonly #content: ContentStore;

  constructor(content: ContentStore) {
    this.#content = content;
  }

  async get(digest: Digest): Promise<ImageConfig> {
    const known = this.#configs.get(digest);
    if (known !== undefined) return known;
    const config = parseConfig(await this.#content.read(digest, maxDocumentBytes));
    if (this.#configs.size >= cached) this.#configs.clear();
    this.#configs.set(digest, config);
    return config;
  }
}

/** What callers see of an image. */
export function toImage(record: ImageRecord, config: ImageConfig, layers: Layers): Image {
  const { os, architecture, variant } = config.platform;
  return {
    id: record.configDigest,
    targetDigest: record.manifestDigest,
    targetMediaType: record.manifestType,
    platforms: [],
    contentSize: 0,
    containers: 0,
    manifestDigest: record.manifestDigest,
    manifestMediaType: record.manifestType,
    repoTags: record.names.map((name) => familiar(parseReference(name))),
    repoDigests: record.digests.map(
      ({ repository, target }) => `${familiarName(parseReference(repository))}@${target}`,
    ),
    ...(config.created === undefined ? {} : { createdAt: new Date(config.created) }),
    size: layers.size(config.diffIds),
    os,
    architecture,
    variant,
    author: config.author,
    config: config.config,
    diffIds: config.diffIds,
    history: config.history,
  };
}
