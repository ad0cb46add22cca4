import type { ManifestLists, PushFrame } from '@wharf/core';
import { InvalidArgumentError, NotFoundError } from '@wharf/core';
import {
  canonical,
  chooseForPlatform,
  familiar,
  hostPlatform,
  parsePlatform,
  parseReference,
  withDefaultTag,
  type Reference,
} from '@wharf/oci';
import { framesOf, type FrameQueue } from '../concurrency/frame-queue.js';
import { Semaphore } from '../concurrency/semaphore.js';
import { hashBytes } from '../layers/layers.js';
import type { State } from '../state/state.js';
import { accessOf, type RegistryBoth } from './access.js';
import { annotateEntry, createList, listName } from './edit.js';
import { indexOf, inspectManifest } from './inspect.js';
import { at, fetchFound, lookUp, type Found } from './look-up.js';
import { createListRecords } from './records.js';
import { copyFound, type Transfer } from './transfer.js';

export interface ManifestListsDependencies {
  readonly state: State;
  readonly registry: RegistryBoth;
  /** Uploads at a time. */
  readonly concurrency: number;
}

export function createManifestLists(deps: ManifestListsDependencies): ManifestLists {
  const { registry } = deps;
  const records = createListRecords(deps.state);
  const uploads = new Semaphore(deps.concurrency);
  return {
    create: (name, sources, options) => createList(registry, records, name, sources, options),
    async annotate(name, source, annotation, options) {
      await Promise.resolve(annotateEntry(records, name, source, annotation, options));
    },
    inspect: (ref, options) => inspectManifest(registry, records, ref, options),
    push(name, { purge = false, ...options }) {
      const target = listName(name);
      const access = accessOf(options);
      return framesOf<PushFrame>(async (queue, { signal }) => {
        const entries = records.entries(canonical(target));
        const transfer: Transfer = { registry, uploads, access, queue };
        for (const { repository, entry } of entries) {
          const { platform: _platform, ...descriptor } = entry;
          const from = at(parseReference(repository), descriptor);
          const found = await fetchFound(registry, from, descriptor, access);
          await copyFound(transfer, found, at(target, descriptor), { signal });
        }
        const { index, bytes } = indexOf(entries);
        await registry.pushManifest(target, index.mediaType, bytes, { ...access(target), signal });
        done(queue, target, {
          descriptor: {
            mediaType: index.mediaType,
            digest: hashBytes(bytes),
            size: bytes.byteLength,
          },
        });
        if (purge) records.remove(canonical(target));
      }, options);
    },
    async remove(names) {
      const keys = names.map((name) => canonical(listName(name)));
      const missing = keys.findIndex((key) => !records.exists(key));
      if (missing >= 0) {
        throw await Promise.resolve(new NotFoundError('manifest list', names[missing] ?? ''));
      }
      for (const key of keys) records.remove(key);
      return keys;
    },
    copy(source, targets, { platform, ...options }) {
      const from = withDefaultTag(parseReference(source));
      const wanted = platform === undefined ? undefined : parsePlatform(platform, host());
      const to = targets.map((target) => withDefaultTag(parseReference(target)));
      if (to.length === 0) throw new InvalidArgumentError(`${source} is to be copied nowhere`);
      const access = accessOf(options);
      return framesOf<PushFrame>(async (queue, { signal }) => {
        const top = await lookUp(registry, from, access);
        const found =
          wanted === undefined || top.document.kind === 'manifest'
            ? top
            : await fetchFound(registry, from, chooseForPlatform(top.document, wanted), access);
        for (const target of to) {
          await copyFound({ registry, uploads, access, queue }, found, target, { signal });
          done(queue, target, found);
        }
      }, options);
    },
  };
}

const host = () => hostPlatform(process.arch);

function done(
  queue: FrameQueue<PushFrame>,
  target: Reference,
  { descriptor }: Pick<Found, 'descriptor'>,
): void {
  const { digest, size, mediaType } = descriptor;
  queue.push({ kind: 'done', result: { reference: familiar(target), digest, size, mediaType } });
}
