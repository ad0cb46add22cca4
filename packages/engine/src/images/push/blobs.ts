import type { PushFrame, PushPhase } from '@wharf/core';
import { isForeignLayerType, type Descriptor, type Digest } from '@wharf/oci';
import type { FrameQueue } from '../../concurrency/frame-queue.js';
import type { Semaphore } from '../../concurrency/semaphore.js';
import type { ContentStore } from '../../content/content.js';
import type { RegistryCallOptions, RegistryWritePort, Repository } from '../ports.js';
import { together } from '../together.js';
import type { TransferRecords } from '../transfer-records.js';
import type { PushJob } from './job.js';

export interface UploadDependencies {
  readonly content: Pick<ContentStore, 'stream'>;
  readonly registry: Pick<RegistryWritePort, 'pushBlob'>;
  readonly transfers: TransferRecords;
}

export interface Upload {
  readonly repository: Repository;
  readonly jobs: readonly Pick<PushJob, 'selection'>[];
  readonly queue: FrameQueue<PushFrame>;
}

/** Brings every layer and config of the jobs into the repository, each once; what their authors keep out of registries stays out. */
export async function pushBlobs(
  deps: UploadDependencies,
  places: Semaphore,
  { repository, jobs, queue }: Upload,
  options: RegistryCallOptions,
): Promise<void> {
  const blobs = uniqueBlobs(jobs);
  // Without a key: what is printed line by line has each of them, in docker's order.
  for (const blob of blobs) queue.push(frame(blob, 'preparing', 0));
  const tasks = blobs.map((blob) => async (signal: AbortSignal) => {
    if (!places.hasPlace) queue.push(frame(blob, 'waiting', 0), blob.digest);
    await using _ = await places.acquire({ signal });
    await pushOne(deps, { repository, blob, queue }, { ...options, signal });
  });
  await together(tasks, options);
  deps.transfers.addSources(
    blobs.map(({ digest }) => digest),
    repository,
  );
}

function uniqueBlobs(jobs: Upload['jobs']): readonly Descriptor[] {
  const manifests = jobs.flatMap(({ selection }) => selection.manifests);
  const all = [
    ...manifests.flatMap(({ manifest }) => manifest.layers),
    ...manifests.map(({ manifest }) => manifest.config),
  ];
  const unique = new Map<Digest, Descriptor>();
  for (const blob of all) if (!isForeignLayerType(blob.mediaType)) unique.set(blob.digest, blob);
  return [...unique.values()];
}

interface OneUpload {
  readonly repository: Repository;
  readonly blob: Descriptor;
  readonly queue: FrameQueue<PushFrame>;
}

async function pushOne(
  deps: UploadDependencies,
  { repository, blob, queue }: OneUpload,
  options: RegistryCallOptions,
): Promise<void> {
  const tell = (phase: PushPhase, current: number, from?: string): void =>
    queue.push(frame(blob, phase, current, from), blob.digest);
  const mountFrom = deps.transfers
    .sources(blob.digest, repository.domain)
    .filter(({ path }) => path !== repository.path);
  const { mediaType, digest, size } = blob;
  const pushed = await deps.registry.pushBlob(
    repository,
    { mediaType, digest, size },
    (offset, { signal }) => deps.content.stream(digest, { offset, signal }),
    { ...options, mountFrom, onBytes: (sent) => tell('pushing', sent) },
  );
  if (typeof pushed === 'string') tell(pushed, size);
  else tell('mounted', size, `${pushed.mountedFrom.domain}/${pushed.mountedFrom.path}`);
}

function frame(blob: Descriptor, phase: PushPhase, current: number, from?: string): PushFrame {
  const progress = { id: blob.digest, phase, current, total: blob.size };
  return { kind: 'progress', progress: from === undefined ? progress : { ...progress, from } };
}
