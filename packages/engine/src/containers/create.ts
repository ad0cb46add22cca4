import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import {
  FailedPreconditionError,
  InvalidArgumentError,
  NotFoundError,
  parseContainerId,
  parseContainerName,
  type CallOptions,
  type ContainerId,
  type ContainerSpec,
  type CreatedContainer,
  type Image,
  type ResolvedConfig,
} from '@wharf/core';
import { formatPlatform, hostPlatform, mergeEnv, parsePlatform } from '@wharf/oci';
import type { ContainerContext } from './dependencies.js';
import { effectiveHealthcheck } from './healthcheck.js';
import { parseLogOptions } from './log-config.js';
import { resolveMounts } from './mounts.js';
import { generateName } from './names.js';
import { checkSpec } from './runtime-spec/check.js';

/** Resolves the image, records the container and makes its writable layer. */
export async function createContainer(
  context: ContainerContext,
  spec: ContainerSpec,
  { signal }: CallOptions,
): Promise<CreatedContainer> {
  const { records } = context;
  const warnings = checkSpec(spec, context.host.facts);
  parseLogOptions(logDriver(spec, context), spec.log.options);
  const runtime = context.runtimes.resolve(spec.runtime ?? '');
  context.taskPort.startIsNear?.();
  const found = await context.images.resolve(spec.image, spec.platform);
  if (found === undefined) throw new NotFoundError('image', spec.image);
  refuseOtherPlatform(spec, found.image);
  const id = newId();
  const paths = context.paths(id);
  const asked =
    spec.name === undefined || spec.name === '' ? undefined : parseContainerName(spec.name);
  await using undo = new AsyncDisposableStack();
  undo.defer(() => context.networks.forget(id));
  const host = hostname(spec, id, context);
  const { exposedPorts } = found.image.config;
  const { networkMode, ...registered } = context.networks.register({
    id,
    name: asked ?? '',
    spec,
    mode: askedMode(spec, context),
    hostname: host,
    exposed: exposedPorts,
  });
  const fromImage = resolveConfig(spec, found.image);
  using given = await resolveMounts(context, spec, found.image, { signal });
  const { mounts } = given;
  undo.defer(() =>
    context.volumes.removeAnonymous(id, mounts, { signal: AbortSignal.timeout(60_000) }),
  );
  undo.defer(() => given[Symbol.dispose]());
  const resolved: ResolvedConfig = {
    ...fromImage,
    hostname: host,
    networkMode,
    exposedPorts,
    runtime: runtime.name,
    logPath: logDriver(spec, context) === 'none' ? '' : paths.log,
    upperDir: paths.upper,
    mounts,
  };
  undo.defer(() =>
    context.files.removeTree(paths.directory, { signal: AbortSignal.timeout(60_000) }),
  );
  await mkdir(paths.directory, { recursive: true, mode: 0o700 });
  await mkdir(paths.upper, { mode: 0o755 });
  await mkdir(paths.work, { mode: 0o700 });
  if (!context.images.isKnown(found.image.manifestDigest))
    throw new NotFoundError('image', spec.image);
  // Chosen at once with the record, so that two who come together get two names.
  const name = asked ?? generateName((candidate) => records.nameHolder(candidate) !== undefined);
  records.insert({
    id,
    name,
    createdAt: new Date(),
    spec,
    resolved,
    state: { status: 'created' },
    restartCount: 0,
    desired: 'stopped',
    journalSequence: 0n,
  });
  await context.networks.renamed(id, name, { signal });
  undo.move();
  context.images.touch(found.image.manifestDigest);
  return { id, name, warnings: [...warnings, ...registered.warnings] };
}

function newId(): ContainerId {
  return parseContainerId(randomBytes(32).toString('hex'));
}

export function logDriver(spec: ContainerSpec, context: ContainerContext): string {
  return spec.log.driver === '' ? context.defaults.logDriver : spec.log.driver;
}

type FromImage = Omit<
  ResolvedConfig,
  'runtime' | 'logPath' | 'upperDir' | 'mounts' | 'hostname' | 'networkMode' | 'exposedPorts'
>;

function resolveConfig(spec: ContainerSpec, image: Image): FromImage {
  const { config } = image;
  const entrypoint = effectiveEntrypoint(spec, image);
  const command = spec.command ?? (spec.entrypoint === undefined ? config.command : []);
  if (entrypoint.length + command.length === 0) {
    throw new InvalidArgumentError(
      `no command specified: image ${spec.image} names none, give one after the image`,
    );
  }
  const healthcheck = effectiveHealthcheck(spec.healthcheck, config.healthcheck);
  return {
    imageId: image.id,
    imageManifest: image.manifestDigest,
    platform: formatPlatform(image),
    entrypoint,
    command,
    env: mergeEnv(config.env, spec.env),
    workdir: firstOf(spec.workdir, config.workdir, '/'),
    user: firstOf(spec.user, config.user),
    stopSignal: firstOf(spec.stopSignal, config.stopSignal, 'SIGTERM'),
    ...(healthcheck === undefined ? {} : { healthcheck }),
    labels: { ...config.labels, ...spec.labels },
  };
}

/** The first that says something: absent and empty both mean the next one decides. */
function firstOf(...values: readonly (string | undefined)[]): string {
  return values.find((value) => value !== undefined && value !== '') ?? '';
}

function effectiveEntrypoint(spec: ContainerSpec, image: Image): readonly string[] {
  if (spec.entrypoint === undefined) return image.config.entrypoint;
  return spec.entrypoint.length === 1 && spec.entrypoint[0] === '' ? [] : spec.entrypoint;
}

/** What --network says first; docker's word `default` is as good as nothing. */
function askedMode({ namespaces, networking }: ContainerSpec, context: ContainerContext): string {
  if (namespaces.network !== '' && namespaces.network !== 'default') return namespaces.network;
  return networking.endpoints[0]?.network ?? context.defaults.networkMode;
}

function hostname(spec: ContainerSpec, id: ContainerId, context: ContainerContext): string {
  if (spec.hostname !== undefined && spec.hostname !== '') return spec.hostname;
  const mode = askedMode(spec, context);
  if (mode.startsWith('container:')) {
    return context.records.lookup(mode.slice('container:'.length)).resolved.hostname;
  }
  const hosts = mode === 'host' || spec.namespaces.uts === 'host';
  return hosts ? context.host.facts.hostname : id.slice(0, 12);
}

function refuseOtherPlatform(spec: ContainerSpec, image: Image): void {
  if (spec.platform === undefined || spec.platform === '') return;
  const wanted = parsePlatform(spec.platform, hostPlatform(process.arch));
  if (wanted.os === image.os && wanted.architecture === image.architecture) return;
  throw new FailedPreconditionError(
    `image ${spec.image} is for ${formatPlatform(image)}, not for ${spec.platform}: pull it with --platform ${spec.platform}`,
  );
}
