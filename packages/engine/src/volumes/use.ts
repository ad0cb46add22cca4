import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import {
  FailedPreconditionError,
  isWharfError,
  WharfError,
  type CallOptions,
  type ContainerMount,
  type VolumeSpec,
} from '@wharf/core';
import { hold, volumePaths, type VolumeContext } from './context.js';
import { contentLock, mountContent, needsMount, unmountContent } from './content.js';
import { createAnonymous, createVolume } from './create.js';
import { mountEvent } from './events.js';
import { anonymousName } from './names.js';
import type { VolumeOwner } from './local-options.js';
import type { VolumeRecord } from './records.js';
import { removeAnonymous } from './remove.js';

/** What a container asks of volumes when it is made. */
export interface VolumeWish {
  /** Name '' makes an anonymous one. */
  readonly spec: VolumeSpec;
  /** Of the top directory, when it is made. */
  readonly owner: VolumeOwner;
}

export interface GivenVolume {
  readonly name: string;
  readonly driver: string;
  /** Directory on the host. */
  readonly path: string;
  /** It was made with an owner or a mode. */
  readonly owned: boolean;
}

/** Given to a container; kept from removal until this is disposed of, when the container's record names them. */
export interface GivenVolumes extends Disposable {
  readonly volumes: readonly GivenVolume[];
}

/** What containers need of volumes. */
export interface ContainerVolumes {
  /** Finds or makes, in the order of the wishes. */
  give(wishes: readonly VolumeWish[], options: CallOptions): Promise<GivenVolumes>;
  /** Before a start: what needs mounting is mounted. The record of the container says that it starts. */
  mount(container: string, mounts: readonly ContainerMount[], options: CallOptions): Promise<void>;
  /** After an end; idempotent. What no other container uses is unmounted. */
  unmount(
    container: string,
    mounts: readonly ContainerMount[],
    options: CallOptions,
  ): Promise<void>;
  /** `rm -v`: those without names that nobody else mounts. */
  removeAnonymous(
    container: string,
    mounts: readonly ContainerMount[],
    options: CallOptions,
  ): Promise<void>;
}

export function containerVolumes(context: VolumeContext): ContainerVolumes {
  const mounted = new Set<string>();
  return {
    give: (wishes, options) => give(context, wishes, options),
    async mount(container, mounts, { signal }) {
      const volumes = mounts.filter(({ kind }) => kind === 'volume');
      if (volumes.length === 0) return;
      mounted.add(container);
      for (const mount of volumes) await mountOne(context, mount, { signal });
      context.records.publish(volumes.map((mount) => mountEvent('mount', container, mount)));
    },
    async unmount(container, mounts, { signal }) {
      const volumes = mounts.filter(({ kind }) => kind === 'volume');
      for (const { name } of volumes) {
        const record = context.records.find(name);
        if (record === undefined || !needsMount(record)) continue;
        await using _ = await context.locks.acquire(contentLock(name), { signal });
        unmountContent(context, name, container);
      }
      if (!mounted.delete(container)) return;
      context.records.publish(volumes.map((mount) => mountEvent('unmount', container, mount)));
    },
    removeAnonymous: (container, mounts, options) =>
      removeAnonymous(
        context,
        container,
        mounts.filter(({ kind }) => kind === 'volume').map(({ name }) => name),
        options,
      ),
  };
}

async function give(
  context: VolumeContext,
  wishes: readonly VolumeWish[],
  { signal }: CallOptions,
): Promise<GivenVolumes> {
  using held = new DisposableStack();
  const unnamed = wishes.filter(({ spec }) => spec.name === '' && isPlain(spec));
  const named = unnamed.map(({ owner }) => ({ name: anonymousName(), owner }));
  for (const { name } of named) held.use(hold(context, name));
  const made = await createAnonymous(context, named);
  const volumes: GivenVolume[] = [];
  for (const wish of wishes) {
    const { spec, owner } = wish;
    if (spec.name !== '') held.use(hold(context, spec.name));
    const record =
      made[unnamed.indexOf(wish)] ??
      (await createVolume(context, { ...spec, driverOptions: withOwner(spec, owner) }, { signal }));
    volumes.push(toGiven(context, record));
  }
  const kept = held.move();
  return { volumes, [Symbol.dispose]: () => kept.dispose() };
}

function isPlain({ driver, driverOptions, labels }: VolumeSpec): boolean {
  const empty = Object.keys(driverOptions).length + Object.keys(labels).length === 0;
  return empty && (driver === '' || driver === 'local');
}

function withOwner(
  { driverOptions }: VolumeSpec,
  { uid, gid, mode }: VolumeOwner,
): Readonly<Record<string, string>> {
  return {
    ...driverOptions,
    ...(uid === undefined ? {} : { uid: String(uid) }),
    ...(gid === undefined ? {} : { gid: String(gid) }),
    ...(mode === undefined ? {} : { mode: mode.toString(8) }),
  };
}

function toGiven(context: VolumeContext, { name, driver, options }: VolumeRecord): GivenVolume {
  const owned = ['uid', 'gid', 'mode'].some((key) => Object.hasOwn(options, key));
  return { name, driver, owned, path: volumePaths(context, name).data };
}

async function mountOne(
  context: VolumeContext,
  { name, source }: ContainerMount,
  { signal }: CallOptions,
): Promise<void> {
  const record = context.records.find(name);
  if (record === undefined) {
    throw new FailedPreconditionError(
      `the volume ${name} of the container is gone, remove the container and make it anew`,
    );
  }
  if (!needsMount(record)) {
    if (!existsSync(source)) await mkdir(source, { recursive: true, mode: 0o755 });
    return;
  }
  await using _ = await context.locks.acquire(contentLock(name), { signal });
  try {
    await mountContent(context, name, { signal });
  } catch (error) {
    if (!isWharfError(error)) throw error;
    throw new WharfError(error.code, `error while mounting volume '${source}': ${error.message}`, {
      cause: error,
      facts: error.facts,
    });
  }
}
