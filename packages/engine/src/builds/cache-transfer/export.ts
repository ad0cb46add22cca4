import { buildCacheType, type BuildCacheStore } from '@wharf/core';
import {
  familiar,
  jsonObject,
  mediaTypes,
  parseReference,
  serialiseJson,
  withDefaultTag,
  writeDescriptor,
} from '@wharf/oci';
import { Semaphore } from '../../concurrency/semaphore.js';
import { layoutDocument } from '../../images/save/documents.js';
import { writeArchive } from '../../images/save/write.js';
import { together } from '../../images/together.js';
import type { OutputDependencies } from '../outputs/dependencies.js';
import type { ExportContext, OutputFrame } from '../outputs.js';
import { collectCache, type CollectDependencies } from './collect.js';
import { composeCache, type ComposedCache } from './compose.js';

export type CacheExportDependencies = CollectDependencies &
  Pick<OutputDependencies, 'archives' | 'registry' | 'uploads'>;

/** `--cache-to`, one after the other; what goes into an image beside it is made with that. */
export function createCacheExport(
  deps: CacheExportDependencies,
): NonNullable<OutputDependencies['exportCache']> {
  const places = new Semaphore(deps.uploads);
  return (context, firstIndex) => exportAll(deps, places, context, firstIndex);
}

async function* exportAll(
  deps: CacheExportDependencies,
  places: Semaphore,
  context: ExportContext,
  firstIndex: number,
): AsyncGenerator<OutputFrame, void, undefined> {
  const made = new Map<'min' | 'max', ComposedCache>();
  for (const [at, store] of context.spec.cacheTo.entries()) {
    if (store.kind === 'inline') {
      tellInline(context);
      continue;
    }
    try {
      const cache = made.get(store.mode) ?? (await compose(deps, store.mode, context));
      made.set(store.mode, cache);
      if (store.kind === 'registry') await push(deps, places, { store, cache }, context);
      else yield* archive(deps, cache, firstIndex + at, context);
    } catch (error) {
      if (!store.ignoreError || context.signal.aborted) throw error;
      tellWithout(context, store, error);
    }
  }
}

function tellWithout({ report }: ExportContext, store: BuildCacheStore, error: unknown): void {
  const where = store.kind === 'registry' ? ` to ${store.reference}` : '';
  const why = error instanceof Error ? error.message : String(error);
  report.log('stderr', Buffer.from(`the cache could not be written${where}: ${why}\n`));
}

/** It is made with the image. */
function tellInline({ spec, report }: ExportContext): void {
  if (spec.outputs.some(({ kind }) => kind !== 'files')) return;
  report.log('stderr', Buffer.from('no inline cache is written: no output is an image\n'));
}

async function compose(
  deps: CacheExportDependencies,
  mode: 'min' | 'max',
  context: ExportContext,
): Promise<ComposedCache> {
  return composeCache(deps, await collectCache(deps, mode, context), context);
}

interface Pushing {
  readonly store: Extract<BuildCacheStore, { kind: 'registry' }>;
  readonly cache: ComposedCache;
}

async function push(
  deps: CacheExportDependencies,
  places: Semaphore,
  { store, cache }: Pushing,
  context: ExportContext,
): Promise<void> {
  const { content, registry, transfers } = deps;
  const { spec, report } = context;
  const reference = withDefaultTag(parseReference(store.reference));
  const auth = spec.credentials.get(reference.domain);
  const known = auth === undefined ? {} : { auth };
  await together(
    cache.blobs.map((blob) => async (signal: AbortSignal) => {
      await using _ = await places.acquire({ signal });
      const mountFrom = transfers
        .sources(blob.digest, reference.domain)
        .filter(({ path }) => path !== reference.path);
      const onBytes = (sent: number): void =>
        report.progress(`pushing cache ${blob.digest}`, sent, blob.size, 'bytes');
      await registry.pushBlob(
        reference,
        blob,
        (offset, options) => content.stream(blob.digest, { offset, ...options }),
        { ...known, mountFrom, onBytes, signal },
      );
      onBytes(blob.size);
    }),
    context,
  );
  const { descriptor, manifest } = cache;
  const { signal } = context;
  await registry.pushManifest(reference, descriptor.mediaType, manifest, { ...known, signal });
  report.log('stdout', Buffer.from(`cache ${familiar(reference)}@${descriptor.digest}\n`));
}

/** An OCI layout. */
async function* archive(
  deps: CacheExportDependencies,
  { descriptor, manifest, blobs }: ComposedCache,
  index: number,
  context: ExportContext,
): AsyncGenerator<OutputFrame, void, undefined> {
  await context.hold([descriptor.digest]);
  await deps.content.put(manifest, context);
  const entry = writeDescriptor({ ...descriptor, artifactType: buildCacheType });
  const documents = new Map([
    [
      'index.json',
      serialiseJson(
        jsonObject([
          ['schemaVersion', 2],
          ['mediaType', mediaTypes.ociIndex],
          ['manifests', [entry]],
        ]),
      ),
    ],
    ['oci-layout', layoutDocument],
  ]);
  const content = { documents, blobs: [descriptor, ...blobs] };
  for await (const data of writeArchive(deps, content, context))
    yield { kind: 'output', index, data, last: false };
  yield { kind: 'output', index, data: new Uint8Array(), last: true };
}
