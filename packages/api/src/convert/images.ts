import { InvalidArgumentError } from '@wharf/core';
import type {
  BootstrapFrame,
  Image,
  ImageHistoryEntry,
  ImageHistoryRow,
  ImageMount,
  ImagePlatform,
  ImageRuntimeConfig,
  PullFrame,
  PullProgress,
  PullResult,
  RegistryCredentials,
} from '@wharf/core';
import { PlatformKind, PullPhase } from '../gen/wharf/v1/images.js';
import type * as wire from '../gen/wharf/v1/images.js';
import { healthcheckFromWire, healthcheckToWire } from './container-spec.js';
import { enumPair } from './enums.js';
import { optionalDateFromWire, optionalDateToWire } from './times.js';
import {
  defined,
  eachFromWire,
  listFromWire,
  numberFromWire,
  numberToWire,
  recordFromWire,
  recordToWire,
  required,
} from './values.js';

const pullPhases = enumPair('pull phase', {
  resolving: PullPhase.RESOLVING,
  waiting: PullPhase.WAITING,
  downloading: PullPhase.DOWNLOADING,
  unpacking: PullPhase.UNPACKING,
  done: PullPhase.DONE,
  exists: PullPhase.EXISTS,
});

const platformKinds = enumPair('kind of platform', {
  image: PlatformKind.IMAGE,
  attestation: PlatformKind.ATTESTATION,
  unknown: PlatformKind.UNKNOWN,
});

export function imageToWire(image: Image): wire.Image {
  const { size, contentSize, sharedSize, config, ...rest } = image;
  return {
    ...rest,
    repoTags: [...image.repoTags],
    repoDigests: [...image.repoDigests],
    createdAt: optionalDateToWire(image.createdAt),
    lastTaggedAt: optionalDateToWire(image.lastTaggedAt),
    sizeBytes: numberToWire(size, 'image size'),
    contentSizeBytes: numberToWire(contentSize, 'content size'),
    sharedSizeBytes: sharedSize === undefined ? undefined : numberToWire(sharedSize, 'shared size'),
    platforms: image.platforms.map(platformToWire),
    config: imageConfigToWire(config),
    diffIds: [...image.diffIds],
    history: image.history.map(historyToWire),
  };
}

export function imageFromWire(message: wire.Image | undefined): Image {
  const image = required(message, 'image');
  return defined({
    id: image.id,
    targetDigest: image.targetDigest,
    targetMediaType: image.targetMediaType,
    platforms: eachFromWire(image.platforms, 'image.platforms', platformFromWire),
    contentSize: numberFromWire(image.contentSizeBytes, 'image.content_size_bytes'),
    sharedSize:
      image.sharedSizeBytes === undefined
        ? undefined
        : numberFromWire(image.sharedSizeBytes, 'image.shared_size_bytes'),
    containers: image.containers,
    manifestDigest: image.manifestDigest,
    manifestMediaType: image.manifestMediaType,
    repoTags: listFromWire(image.repoTags, 'image.repo_tags'),
    repoDigests: listFromWire(image.repoDigests, 'image.repo_digests'),
    createdAt: optionalDateFromWire(image.createdAt, 'image.created_at'),
    lastTaggedAt: optionalDateFromWire(image.lastTaggedAt, 'image.last_tagged_at'),
    size: numberFromWire(image.sizeBytes, 'image.size_bytes'),
    os: image.os,
    architecture: image.architecture,
    variant: image.variant,
    author: image.author,
    config: imageConfigFromWire(required(image.config, 'image.config')),
    diffIds: listFromWire(image.diffIds, 'image.diff_ids'),
    history: eachFromWire(image.history, 'image.history', historyFromWire),
  });
}

function platformToWire(platform: ImagePlatform): wire.ImagePlatform {
  const { kind, size, contentSize, containers, ...rest } = platform;
  return {
    ...rest,
    kind: platformKinds.toWire(kind),
    containers: [...containers],
    sizeBytes: numberToWire(size, 'platform size'),
    contentSizeBytes: numberToWire(contentSize, 'platform content size'),
  };
}

function platformFromWire(platform: wire.ImagePlatform): ImagePlatform {
  const { kind, sizeBytes, contentSizeBytes, containers, ...rest } = platform;
  return {
    ...rest,
    kind: platformKinds.fromWire(kind),
    containers: listFromWire(containers, 'image.platforms.containers'),
    size: numberFromWire(sizeBytes, 'image.platforms.size_bytes'),
    contentSize: numberFromWire(contentSizeBytes, 'image.platforms.content_size_bytes'),
  };
}

function historyToWire(entry: ImageHistoryEntry): wire.ImageHistory {
  const { createdAt, createdBy, comment, emptyLayer } = entry;
  return { createdAt: optionalDateToWire(createdAt), createdBy, comment, emptyLayer };
}

function historyFromWire(entry: wire.ImageHistory): ImageHistoryEntry {
  const { createdBy, comment, emptyLayer } = entry;
  const createdAt = optionalDateFromWire(entry.createdAt, 'image.history.created_at');
  return defined({ createdAt, createdBy, comment, emptyLayer });
}

export function historyRowToWire(row: ImageHistoryRow): wire.ImageHistoryRow {
  return {
    entry: historyToWire(row),
    imageId: row.imageId,
    tags: [...row.tags],
    sizeBytes: numberToWire(row.size, 'layer size'),
  };
}

export function historyRowFromWire(row: wire.ImageHistoryRow): ImageHistoryRow {
  return {
    ...historyFromWire(required(row.entry, 'history.entry')),
    imageId: row.imageId,
    tags: listFromWire(row.tags, 'history.tags'),
    size: numberFromWire(row.sizeBytes, 'history.size_bytes'),
  };
}

export function imageMountFromWire(message: wire.ImageMount | undefined): ImageMount {
  const { imageId, manifestDigest, reference, path, count } = required(message, 'mount');
  return { imageId, manifestDigest, reference, path, count };
}

export function credentialsToWire(
  credentials: RegistryCredentials | undefined,
): wire.RegistryCredentials | undefined {
  return credentials && { ...credentials };
}

export function credentialsFromWire(
  credentials: wire.RegistryCredentials | undefined,
): RegistryCredentials | undefined {
  if (credentials === undefined) return undefined;
  const { username, password, identityToken, registryToken } = credentials;
  return { username, password, identityToken, registryToken };
}

export function pullFrameToWire(frame: PullFrame): wire.PullImageResponse {
  if (frame.kind === 'done') return { frame: { $case: 'done', value: { ...frame.result } } };
  return { frame: { $case: 'progress', value: progressToWire(frame.progress) } };
}

export function pullFrameFromWire({ frame }: wire.PullImageResponse): PullFrame {
  switch (frame?.$case) {
    case 'progress':
      return { kind: 'progress', progress: progressFromWire(frame.value) };
    case 'done':
      return { kind: 'done', result: resultFromWire(frame.value) };
    case undefined:
      throw new InvalidArgumentError('a pull frame is empty');
  }
}

export function bootstrapFrameToWire(frame: BootstrapFrame): wire.BootstrapImageResponse {
  if (frame.kind === 'done') return { frame: { $case: 'done', value: { ...frame.result } } };
  return { frame: { $case: 'step', value: { message: frame.message } } };
}

export function bootstrapFrameFromWire({ frame }: wire.BootstrapImageResponse): BootstrapFrame {
  switch (frame?.$case) {
    case 'step':
      return { kind: 'step', message: frame.value.message };
    case 'done':
      return { kind: 'done', result: resultFromWire(frame.value) };
    case undefined:
      throw new InvalidArgumentError('a bootstrap frame is empty');
  }
}

function imageConfigToWire(config: ImageRuntimeConfig): wire.ImageConfig {
  return {
    user: config.user,
    exposedPorts: [...config.exposedPorts],
    env: [...config.env],
    entrypoint: [...config.entrypoint],
    command: [...config.command],
    volumes: [...config.volumes],
    workdir: config.workdir,
    labels: recordToWire(config.labels),
    stopSignal: config.stopSignal,
    healthcheck: healthcheckToWire(config.healthcheck),
    shell: [...config.shell],
    onBuild: [...config.onBuild],
  };
}

function imageConfigFromWire(config: wire.ImageConfig): ImageRuntimeConfig {
  return defined({
    user: config.user,
    exposedPorts: listFromWire(config.exposedPorts, 'image.config.exposed_ports'),
    env: listFromWire(config.env, 'image.config.env'),
    entrypoint: listFromWire(config.entrypoint, 'image.config.entrypoint'),
    command: listFromWire(config.command, 'image.config.command'),
    volumes: listFromWire(config.volumes, 'image.config.volumes'),
    workdir: config.workdir,
    labels: recordFromWire(config.labels, 'image.config.labels'),
    stopSignal: config.stopSignal,
    healthcheck: healthcheckFromWire(config.healthcheck),
    shell: listFromWire(config.shell, 'image.config.shell'),
    onBuild: listFromWire(config.onBuild, 'image.config.on_build'),
  });
}

function progressToWire(progress: PullProgress): wire.PullProgress {
  return {
    id: progress.id,
    phase: pullPhases.toWire(progress.phase),
    currentBytes: numberToWire(progress.current, 'progress'),
    totalBytes: numberToWire(progress.total, 'progress'),
  };
}

function progressFromWire(progress: wire.PullProgress): PullProgress {
  return {
    id: progress.id,
    phase: pullPhases.fromWire(progress.phase),
    current: numberFromWire(progress.currentBytes, 'progress.current_bytes'),
    total: numberFromWire(progress.totalBytes, 'progress.total_bytes'),
  };
}

function resultFromWire({ digest, imageId, reference, upToDate }: wire.PullDone): PullResult {
  return { digest, imageId, reference, upToDate };
}
