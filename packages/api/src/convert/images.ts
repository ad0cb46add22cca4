import { InvalidArgumentError } from '@wharf/core';
import type {
  BootstrapFrame,
  Image,
  ImageRuntimeConfig,
  PullFrame,
  PullProgress,
  PullResult,
  RegistryCredentials,
} from '@wharf/core';
import { PullPhase } from '../gen/wharf/v1/images.js';
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

export function imageToWire(image: Image): wire.Image {
  const { size, config, ...rest } = image;
  return {
    ...rest,
    repoTags: [...image.repoTags],
    repoDigests: [...image.repoDigests],
    createdAt: optionalDateToWire(image.createdAt),
    sizeBytes: numberToWire(size, 'image size'),
    config: imageConfigToWire(config),
    diffIds: [...image.diffIds],
    history: image.history.map((entry) => ({
      ...entry,
      createdAt: optionalDateToWire(entry.createdAt),
    })),
  };
}

export function imageFromWire(message: wire.Image | undefined): Image {
  const image = required(message, 'image');
  return defined({
    id: image.id,
    manifestDigest: image.manifestDigest,
    manifestMediaType: image.manifestMediaType,
    repoTags: listFromWire(image.repoTags, 'image.repo_tags'),
    repoDigests: listFromWire(image.repoDigests, 'image.repo_digests'),
    createdAt: optionalDateFromWire(image.createdAt, 'image.created_at'),
    size: numberFromWire(image.sizeBytes, 'image.size_bytes'),
    os: image.os,
    architecture: image.architecture,
    variant: image.variant,
    author: image.author,
    config: imageConfigFromWire(required(image.config, 'image.config')),
    diffIds: listFromWire(image.diffIds, 'image.diff_ids'),
    history: eachFromWire(image.history, 'image.history', (entry) =>
      defined({
        createdAt: optionalDateFromWire(entry.createdAt, 'image.history.created_at'),
        createdBy: entry.createdBy,
        comment: entry.comment,
        emptyLayer: entry.emptyLayer,
      }),
    ),
  });
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
