import { InvalidArgumentError } from '@wharf/core';
import type {
  ArchiveCompression,
  FileChange,
  LoadFrame,
  PushFrame,
  VerifyFrame,
  WorkFrame,
} from '@wharf/core';
import { FileChangeKind } from '../gen/wharf/v1/containers.js';
import type { FileChange as WireChange } from '../gen/wharf/v1/containers.js';
import { Compression, LoadPhase, PartRole, PushPhase } from '../gen/wharf/v1/images.js';
import type * as wire from '../gen/wharf/v1/images.js';
import { bufferOf } from './streams.js';
import { enumPair } from './enums.js';
import { numberFromWire, numberToWire } from './values.js';

const pushPhases = enumPair('push phase', {
  preparing: PushPhase.PREPARING,
  waiting: PushPhase.WAITING,
  pushing: PushPhase.PUSHING,
  pushed: PushPhase.PUSHED,
  exists: PushPhase.EXISTS,
  mounted: PushPhase.MOUNTED,
  compressing: PushPhase.COMPRESSING,
});
const loadPhases = enumPair('load phase', {
  reading: LoadPhase.READING,
  unpacking: LoadPhase.UNPACKING,
  done: LoadPhase.DONE,
  exists: LoadPhase.EXISTS,
});
const partRoles = enumPair('role of a part', {
  index: PartRole.INDEX,
  manifest: PartRole.MANIFEST,
  config: PartRole.CONFIG,
  layer: PartRole.LAYER,
  snapshot: PartRole.SNAPSHOT,
});
const changeKinds = enumPair('kind of change', {
  added: FileChangeKind.ADDED,
  modified: FileChangeKind.MODIFIED,
  deleted: FileChangeKind.DELETED,
});
const compressions = enumPair('compression', {
  none: Compression.NONE,
  gzip: Compression.GZIP,
  zstd: Compression.ZSTD,
});

/** UNSPECIFIED is no wish. */
export function compressionToWire(compression: ArchiveCompression | undefined): Compression {
  return compression === undefined ? Compression.UNSPECIFIED : compressions.toWire(compression);
}

export function compressionFromWire(compression: Compression): ArchiveCompression | undefined {
  return compression === Compression.UNSPECIFIED ? undefined : compressions.fromWire(compression);
}

/** Push, push of a manifest list and copy send the same frames. */
export function pushFrameToWire(frame: PushFrame): wire.PushImageResponse {
  switch (frame.kind) {
    case 'note':
      return { frame: { $case: 'note', value: frame.message } };
    case 'done': {
      const { size, ...rest } = frame.result;
      const value = { ...rest, sizeBytes: numberToWire(size, 'size of the manifest') };
      return { frame: { $case: 'done', value } };
    }
    case 'progress': {
      const { id, phase, current, total, from = '' } = frame.progress;
      const value = {
        id,
        phase: pushPhases.toWire(phase),
        currentBytes: numberToWire(current, 'progress'),
        totalBytes: numberToWire(total, 'progress'),
        from,
      };
      return { frame: { $case: 'progress', value } };
    }
  }
}

export function pushFrameFromWire({ frame }: wire.PushImageResponse): PushFrame {
  switch (frame?.$case) {
    case 'note':
      return { kind: 'note', message: frame.value };
    case 'done': {
      const { reference, digest, sizeBytes, mediaType } = frame.value;
      const size = numberFromWire(sizeBytes, 'done.size_bytes');
      return { kind: 'done', result: { reference, digest, size, mediaType } };
    }
    case 'progress': {
      const { id, phase, currentBytes, totalBytes, from } = frame.value;
      const progress = {
        id,
        phase: pushPhases.fromWire(phase),
        current: numberFromWire(currentBytes, 'progress.current_bytes'),
        total: numberFromWire(totalBytes, 'progress.total_bytes'),
        ...(from === '' ? {} : { from }),
      };
      return { kind: 'progress', progress };
    }
    case undefined:
      throw new InvalidArgumentError('a push frame is empty');
  }
}

export function loadFrameToWire(frame: LoadFrame): wire.LoadImagesResponse {
  if (frame.kind === 'loaded') return { frame: { $case: 'loaded', value: { ...frame.image } } };
  const { id, phase, current, total } = frame.progress;
  const value = {
    id,
    phase: loadPhases.toWire(phase),
    currentBytes: numberToWire(current, 'progress'),
    totalBytes: numberToWire(total, 'progress'),
  };
  return { frame: { $case: 'progress', value } };
}

export function loadFrameFromWire({ frame }: wire.LoadImagesResponse): LoadFrame {
  switch (frame?.$case) {
    case 'loaded': {
      const { reference, imageId, targetDigest, replaced } = frame.value;
      return { kind: 'loaded', image: { reference, imageId, targetDigest, replaced } };
    }
    case 'progress': {
      const { id, phase, currentBytes, totalBytes } = frame.value;
      const progress = {
        id,
        phase: loadPhases.fromWire(phase),
        current: numberFromWire(currentBytes, 'progress.current_bytes'),
        total: numberFromWire(totalBytes, 'progress.total_bytes'),
      };
      return { kind: 'progress', progress };
    }
    case undefined:
      throw new InvalidArgumentError('a load frame is empty');
  }
}

export function workFrameToWire(frame: WorkFrame): wire.ConvertImageResponse {
  if (frame.kind === 'step') return { frame: { $case: 'step', value: frame.message } };
  const { imageId, targetDigest } = frame;
  return { frame: { $case: 'done', value: { imageId, targetDigest } } };
}

export function workFrameFromWire({ frame }: wire.ConvertImageResponse): WorkFrame {
  switch (frame?.$case) {
    case 'step':
      return { kind: 'step', message: frame.value };
    case 'done':
      return {
        kind: 'done',
        imageId: frame.value.imageId,
        targetDigest: frame.value.targetDigest,
      };
    case undefined:
      throw new InvalidArgumentError('a frame of a conversion is empty');
  }
}

export function verifyFrameToWire(frame: VerifyFrame): wire.VerifyImageResponse {
  if (frame.kind === 'done') {
    const { parts, problems } = frame;
    return { frame: { $case: 'done', value: { parts, problems } } };
  }
  const { digest, role, problem, size } = frame.part;
  const value = {
    digest,
    role: partRoles.toWire(role),
    problem,
    sizeBytes: numberToWire(size, 'size of a part'),
  };
  return { frame: { $case: 'part', value } };
}

export function verifyFrameFromWire({ frame }: wire.VerifyImageResponse): VerifyFrame {
  switch (frame?.$case) {
    case 'done':
      return { kind: 'done', parts: frame.value.parts, problems: frame.value.problems };
    case 'part': {
      const { digest, role, problem, sizeBytes } = frame.value;
      const size = numberFromWire(sizeBytes, 'part.size_bytes');
      return { kind: 'part', part: { digest, role: partRoles.fromWire(role), problem, size } };
    }
    case undefined:
      throw new InvalidArgumentError('a frame of a verification is empty');
  }
}

export function fileChangeToWire({ kind, path }: FileChange): WireChange {
  return { kind: changeKinds.toWire(kind), path: bufferOf(path) };
}

export function fileChangeFromWire({ kind, path }: WireChange): FileChange {
  return { kind: changeKinds.fromWire(kind), path };
}
