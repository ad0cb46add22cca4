import type { Image, ImagePlatform } from '@wharf/core';
import { withHidden } from '../../format/template/index.js';
import { healthcheckOf } from './container-config.js';
import { emptyToNull, mapOf, setOf } from './values.js';

/** An image in the shape of docker's inspect. */
export function inspectImage(image: Image): object {
  const { history } = image;
  return {
    Id: image.id,
    RepoTags: image.repoTags,
    RepoDigests: image.repoDigests,
    Parent: '',
    Comment: history.at(-1)?.comment ?? '',
    ...(image.createdAt === undefined ? {} : { Created: image.createdAt.toISOString() }),
    DockerVersion: '',
    Author: image.author,
    Config: imageConfig(image),
    Architecture: image.architecture,
    ...(image.variant === '' ? {} : { Variant: image.variant }),
    Os: image.os,
    Size: image.size,
    GraphDriver: { Data: null, Name: 'overlayfs' },
    RootFS: { Type: 'layers', Layers: image.diffIds },
    Metadata: { LastTagTime: image.lastTaggedAt?.toISOString() ?? '0001-01-01T00:00:00Z' },
    Descriptor: goNamed({ mediaType: image.targetMediaType, digest: image.targetDigest }),
    Manifests: image.platforms.map(manifestSummary),
  };
}

/** Fields that JSON has in lower case and Go's templates in upper case, as the types of the OCI do. */
function goNamed<T extends object>(value: T): T {
  const upper = Object.entries(value).map(([name, field]): [string, unknown] => [
    name.charAt(0).toUpperCase() + name.slice(1),
    field,
  ]);
  return withHidden(value, Object.fromEntries(upper));
}

/** A manifest of the index, in the shape of the summaries of docker's API since 1.47. */
function manifestSummary(part: ImagePlatform): object {
  const { platform, kind, manifestDigest, imageId, available, contentSize, size, containers } =
    part;
  const [os = '', architecture = '', variant] = platform.split('/');
  const about = {
    Platform: goNamed({ architecture, os, ...(variant === undefined ? {} : { variant }) }),
    ImageID: imageId,
    Containers: containers,
    Size: { Unpacked: size },
  };
  return {
    ID: manifestDigest,
    Available: available,
    Size: { Content: contentSize, Total: contentSize + size },
    Kind: kind,
    ...(kind === 'image' ? { ImageData: about } : {}),
  };
}

function imageConfig({ config }: Image): object {
  const { healthcheck } = config;
  return {
    Hostname: '',
    Domainname: '',
    User: config.user,
    ...(config.exposedPorts.length === 0 ? {} : { ExposedPorts: setOf(config.exposedPorts) }),
    Env: config.env,
    Cmd: emptyToNull(config.command),
    ...(healthcheck === undefined ? {} : { Healthcheck: healthcheckOf(healthcheck) }),
    Volumes: config.volumes.length === 0 ? null : setOf(config.volumes),
    WorkingDir: config.workdir,
    Entrypoint: emptyToNull(config.entrypoint),
    OnBuild: emptyToNull(config.onBuild),
    Labels: Object.keys(config.labels).length === 0 ? null : mapOf(config.labels),
    ...(config.stopSignal === '' ? {} : { StopSignal: config.stopSignal }),
    ...(config.shell.length === 0 ? {} : { Shell: config.shell }),
  };
}
