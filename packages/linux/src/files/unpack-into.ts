import {
  FailedPreconditionError,
  InvalidArgumentError,
  isWharfError,
  ResourceExhaustedError,
  WharfError,
} from '@wharf/core';
import { chmodSync, lchownSync, statfsSync } from 'node:fs';
import type { Native } from '../../native/types.js';
import { decompress } from '../compression/decompress.js';
import { isDirectory } from '../pack/tree/kinds.js';
import { packTree } from '../pack/tree/pack-tree.js';
import { defaultTarLimits } from '../tar/entry.js';
import { TarReader } from '../tar/reader.js';
import { Applier } from '../unpack/apply/applier.js';
import { errnoOf, noSpaceFor } from '../unpack/apply/faults.js';
import type { LayerPath } from '../unpack/apply/names.js';
import { kernelPath } from '../unpack/apply/names.js';
import { locate } from './describe.js';
import type { Placed } from './mounts.js';
import { removePaths } from './remove-paths.js';
import { TopSink } from './top-sink.js';
import { PlacedSink } from './placed-sink.js';
import type { FilesJob } from './protocol.js';
import { parseRequestPath } from './request-path.js';
import { sniff } from './sniff.js';

export interface UnpackPlace {
  readonly native: Native;
  readonly rootFd: number;
  readonly placed: readonly Placed[];
  readonly readOnly: boolean;
  readonly chunks: AsyncIterable<Buffer>;
}

type UnpackJob = FilesJob & { readonly kind: 'unpack' };

/** CAP_CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID, MKNOD, SETFCAP: capabilities(7). */
const needed = 2 ** 0 + 2 ** 1 + 2 ** 2 + 2 ** 3 + 2 ** 4 + 2 ** 27 + 2 ** 31;
const reserveBytes = 64 << 20;

/**
 * Unpacks into a directory that exists, on a thread that is chrooted into the root from then on, has no capability that
 * lets it out, and makes synchronous file calls only (R2).
 */
export async function unpackInto(job: UnpackJob, place: UnpackPlace): Promise<void> {
  const { native, rootFd, placed } = place;
  const request = { ...parseRequestPath(job.path), directory: false };
  const { path, status } = locate(native, rootFd, request, { follow: true });
  if (!isDirectory(status)) throw new InvalidArgumentError('extraction point is not a directory');
  refuseReadOnly(path, place);
  native.chroot(rootFd);
  native.keepCapabilities(needed);
  for (const volume of placed)
    if (volume.fillFrom !== undefined) fill(native, volume.fillFrom, volume.path);

  removePaths(native, rootFd, job.remove ?? []);
  const applier = new Applier(native, () => undefined, {
    layer: false,
    keepKinds: job.noOverwriteDirNonDir,
  });
  const top = job.top === true ? new TopSink(applier) : undefined;
  const reader = new TarReader(top ?? new PlacedSink(applier, path), defaultTarLimits);
  const { base, perCompressed } = job.byteLimit;
  const most = freeBytes(path);
  let bytes = 0;
  const source = await sniff(place.chunks);
  try {
    for await (const chunk of decompress(source, source.compression)) {
      bytes += chunk.length;
      if (bytes > most) throw noSpaceFor('the archive', most);
      const limit = base + perCompressed * source.bytes;
      if (source.compression !== 'none' && bytes > limit) throw tooLarge(limit, source.bytes);
      reader.push(chunk);
    }
    reader.finish();
    applier.finish();
    top?.finish();
  } catch (error) {
    throw ofArchive(error);
  }
}

/** Where the kernel would say EROFS, docker's words say which of the two it is. */
function refuseReadOnly(path: LayerPath, { placed, readOnly }: UnpackPlace): void {
  const holds = (place: Placed) => path === place.path || path.startsWith(`${place.path}/`);
  const mount = placed.filter(holds).toSorted((a, b) => b.path.length - a.path.length)[0];
  if (mount?.readOnly === true) {
    throw new FailedPreconditionError('mounted volume is marked read-only');
  }
  if (mount === undefined && readOnly) {
    throw new FailedPreconditionError('container rootfs is marked read-only');
  }
}

/** What the root has at the place of a volume comes into it, before something else does. */
function fill(native: Native, from: number, path: LayerPath): void {
  try {
    const applier = new Applier(native, () => undefined, { layer: false, keepKinds: false });
    const reader = new TarReader(new PlacedSink(applier, path));
    const tree = { native: withoutProc(native), rootFd: from, exactTimes: true };
    packTree((chunk) => reader.push(chunk), tree);
    reader.finish();
    applier.finish();
    const top = native.statAt(from, '');
    if (top === null) return;
    lchownSync(kernelPath(path), top.uid, top.gid);
    chmodSync(kernelPath(path), top.mode & 0o7777);
  } finally {
    native.close(from);
  }
}

/** Before Linux 6.13 attributes are read through /proc, which is not in the root: then they are not copied. */
function withoutProc(native: Native): Native {
  const listxattrAt: Native['listxattrAt'] = (fd, path) => {
    try {
      return native.listxattrAt(fd, path);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
  };
  return { ...native, listxattrAt };
}

/** Of the file system that the path is on; of the root's, when a process of the container has moved it meanwhile. */
function freeBytes(path: LayerPath): number {
  const { bavail, bsize } = statfsOf(kernelPath(path)) ?? statfsSync('/');
  return Math.max(0, bavail * bsize - reserveBytes);
}

function statfsOf(path: Buffer) {
  try {
    return statfsSync(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ELOOP') return undefined;
    throw error;
  }
}

function tooLarge(limit: number, compressed: number): ResourceExhaustedError {
  return new ResourceExhaustedError(
    `the archive unpacks to more than ${limit} bytes, which is the limit for ${compressed} compressed bytes`,
    { facts: { limit: String(limit), compressedBytes: String(compressed) } },
  );
}

/** The words of the applier are for layers. */
function ofArchive(error: unknown): unknown {
  if (!isWharfError(error)) return error;
  const message = error.message.replace(/^the layer is refused/, 'the archive is refused');
  return new WharfError(error.code, message, { cause: error, facts: error.facts });
}
