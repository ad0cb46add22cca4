import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isWharfError } from '@wharf/core';
import { parseDigest } from '@wharf/oci';
import type { CacheMounts } from '../cache-mounts/cache-mounts.js';
import type { OutputDependencies } from '../outputs/dependencies.js';
import type { ExportContext, SolvedPlan } from '../outputs.js';
import { cacheMountType, maxCacheMounts, type TransferMount } from './format.js';

export interface ExportMountDependencies extends Pick<
  OutputDependencies,
  'content' | 'pack' | 'temporary'
> {
  readonly cacheMounts: Pick<CacheMounts, 'export'>;
}

/** Cache mounts of all steps that the targets need, as they are now; those that were never made are left out. */
export async function exportMounts(
  deps: ExportMountDependencies,
  solved: readonly SolvedPlan[],
  context: ExportContext,
): Promise<readonly TransferMount[]> {
  const ids = new Set(
    solved.flatMap(({ plan, step }) =>
      plan.ops.flatMap((op) =>
        op.kind === 'run' && step?.(op.id) !== undefined
          ? op.mounts.flatMap((mount) => (mount.type === 'cache' ? [mount.id] : []))
          : [],
      ),
    ),
  );
  const mounts: TransferMount[] = [];
  for (const id of [...ids].sort().slice(0, maxCacheMounts)) {
    const mount = await exportMount(deps, id, context);
    if (mount !== undefined) mounts.push(mount);
  }
  return mounts;
}

async function exportMount(
  { content, pack, temporary, cacheMounts }: ExportMountDependencies,
  id: string,
  { signal, hold }: ExportContext,
): Promise<TransferMount | undefined> {
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  const plain = join(temporary, `cache-mount-${randomUUID()}`);
  const targetFile = `${plain}.gz`;
  try {
    const archive = Readable.from(cacheMounts.export(id, { signal }));
    await pipeline(archive, createWriteStream(plain, { mode: 0o600, flags: 'wx' }), { signal });
    const request = { blobPath: plain, from: 'none', to: 'gzip', targetFile } as const;
    const packed = await pack.recompress(request, { signal });
    const blob = { digest: parseDigest(packed.digest), size: packed.size };
    await hold([blob.digest]);
    await content.adoptFile(targetFile, blob);
    return { id, blob: { mediaType: cacheMountType, ...blob }, size: packed.uncompressedSize };
  } catch (error) {
    if (isWharfError(error) && error.code === 'not-found') return undefined;
    throw error;
  } finally {
    await rm(plain, { force: true });
    await rm(targetFile, { force: true });
  }
}
