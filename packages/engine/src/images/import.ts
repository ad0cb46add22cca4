import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImportOptions } from '@wharf/core';
import { InvalidArgumentError } from '@wharf/core';
import {
  applyChanges,
  canonical,
  emptyRuntimeConfig,
  hostPlatform,
  layerTypeOf,
  parseDigest,
  parsePlatform,
  parseReference,
  withDefaultTag,
  type Digest,
} from '@wharf/oci';
import type { BlobIdentity, ContentStore } from '../content/content.js';
import type { PackPort } from '../layers/ports.js';
import type { Claims } from './claims.js';
import { composeImage, type ComposeDependencies, type NewLayer } from './compose-image.js';
import { orTellFull, type RoomDependencies } from './room.js';
import { spool } from './spool.js';

export interface ImportDependencies extends ComposeDependencies, RoomDependencies {
  readonly content: Pick<ContentStore, 'path' | 'put' | 'adoptFile'>;
  readonly claims: Claims;
  readonly pack: Pick<PackPort, 'identify'>;
}

/**
 * Makes an image of one layer. The layer's bytes stay as they came when they are plain, gzip or zstd; what only a tool of
 * the host can read is kept plain.
 */
export function importImage(
  deps: ImportDependencies,
  archive: AsyncIterable<Uint8Array>,
  options: ImportOptions,
): Promise<{ readonly imageId: Digest }> {
  return orTellFull(deps, 'importing an image', () => importUnder(deps, archive, options));
}

async function importUnder(
  deps: ImportDependencies,
  archive: AsyncIterable<Uint8Array>,
  options: ImportOptions,
): Promise<{ readonly imageId: Digest }> {
  const { signal, name = '', message = '', platform = '', changes = [] } = options;
  const names = name === '' ? [] : [nameOf(name)];
  const config = applyChanges(emptyRuntimeConfig(), changes);
  const host = hostPlatform(process.arch);
  const wanted = platform === '' ? host : parsePlatform(platform, host);
  await mkdir(deps.temporary, { recursive: true, mode: 0o700 });
  const file = join(deps.temporary, `import-${randomUUID()}`);
  const plain = `${file}.tar`;
  try {
    const spooled = await spool(file, archive, { signal });
    if (spooled.size === 0) throw new InvalidArgumentError('the archive to import is empty');
    const found = await deps.pack.identify({ path: file, targetFile: plain }, { signal });
    const diffId = parseDigest(found.diffId);
    const blob: BlobIdentity = found.rewritten
      ? { digest: diffId, size: found.uncompressedSize }
      : spooled;
    const layer: NewLayer = { blob, diffId, mediaType: layerTypeOf(found.compression) };
    using claim = deps.claims.openOnce('import');
    await claim.hold([blob.digest], { signal });
    await deps.content.adoptFile(found.rewritten ? plain : file, blob);
    const created = new Date();
    const comment = message === '' ? 'Imported from -' : message;
    const { imageId } = await composeImage(
      deps,
      claim,
      {
        platform: wanted,
        layers: [layer],
        config,
        history: [{ createdAt: created, createdBy: '', comment, emptyLayer: false }],
        author: '',
        created,
        names,
        action: 'import',
        attributes: names[0] === undefined ? {} : { name: names[0] },
      },
      { signal },
    );
    return { imageId };
  } finally {
    await rm(file, { force: true });
    await rm(plain, { force: true });
  }
}

function nameOf(text: string): string {
  const reference = withDefaultTag(parseReference(text));
  if (reference.digest === undefined) return canonical(reference);
  throw new InvalidArgumentError('cannot import digest reference');
}
