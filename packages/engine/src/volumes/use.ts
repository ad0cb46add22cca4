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
import { mountContent, needsMount, openContent, unmountContent } from './content.js';
import { contentLock } from './layers.js';
import { createAnonymous, createVolume } from './create.js';
import { mountEvent } from './events.js';
import { anonymousName } from './names.js';
import type { VolumeOwner } from './local-options.js';
import { isLocal, mountPlugin, unmountPlugin } from './plugins.js';
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
  /** Directory on the host; '' where a plugin says it at the start. */
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
  /** Before a start: what needs mounting is mounted, sources are where they are now. The container's record says that it starts. */
  mount(
    container: string,
    mounts: readonly ContainerMount[],
    options: CallOptions,
  ): Promise<readonly ContainerMount[]>;
  /** Who may fill volumes from an image while this lasts; others wait. */
  fill(mounts: readonly ContainerMount[], options: CallOptions): Promise<AsyncDisposable>;
  /** Mounted for as long as somebody looks at the files of a container, which need not run. */
  open(mounts: readonly ContainerMount[], options: CallOptions): Promise<AsyncDisposable>;
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
  const { mounted } = context;
  return {
    give: (wishes, options) => give(context, wishes, options),
    async mount(container, mounts, { signal }) {
      const volumes = mounts.filter(({ kind }) => kind === 'volume');
      if (volumes.length === 0) return mounts;
      mounted.add(container);
      const sources = new Map<ContainerMount, string>();
      for (const mount of volumes)
        sources.set(mount, await mountOne(context, container, mount, { signal }));
      context.records.publish(volumes.map((mount) => mountEvent('mount', container, mount)));
      return mounts.map((mount) => ({ ...mount, source: sources.get(mount) ?? mount.source }));
    },
    async fill(mounts, { signal }) {
      await using filling = new AsyncDisposableStack();
      const names = mounts.flatMap(({ kind, name }) => (kind === 'volume' ? [name] : []));
      for (const name of [...new Set(names)].sort())
        filling.use(await context.locks.acquire(`fill/${name}`, { signal }));
      return filling.move();
    },
    async open(mounts, { signal }) {
      await using opened = new AsyncDisposableStack();
      for (const { kind, name } of mounts) {
        const record = kind === 'volume' ? context.records.find(name) : undefined;
        if (record === undefined || !needsMount(record)) continue;
        opened.use(await openContent(context, name, { signal }));
      }
      return opened.move();
    },
    async unmount(container, mounts, { signal }) {
      const volumes = mounts.filter(({ kind }) => kind === 'volume');
      for (const { name } of volumes) {
        const record = context.records.find(name);
        if (record === undefined || (isLocal(record) && !needsMount(record))) continue;
        await using _ = await context.locks.acquire(contentLock(name), { signal });
        if (isLocal(record)) unmountContent(context, name, container);
        else await unmountPlugin(context, name, container, { signal });
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

function toGiven(context: VolumeContext, record: VolumeRecord): GivenVolume {
  const { name, driver, options } = record;
  const owned = ['uid', 'gid', 'mode'].some((key) => Object.hasOwn(options, key));
  const path = isLocal(record) ? volumePaths(context, name).data : '';
  return { name, driver, owned, path };
}

async function mountOne(
  context: VolumeContext,
  container: string,
  { name, source }: ContainerMount,
  { signal }: CallOptions,
): Promise<string> {
  const record = context.records.find(name);
  if (record === undefined) {
    throw new FailedPreconditionError(
      `the volume ${name} of the container is gone, remove the container and make it anew`,
    );
  }
  if (isLocal(record) && !needsMount(record)) {
    if (!existsSync(source)) await mkdir(source, { recursive: true, mode: 0o755 });
    return source;
  }
  await using _ = await context.locks.acquire(contentLock(name), { signal });
  try {
    if (!isLocal(record)) return await mountPlugin(context, name, container, { signal });
    await mountContent(context, name, { signal });
    return source;
  } catch (error) {
    if (!isWharfError(error)) throw error;
    throw new WharfError(
      error.code,
      `error while mounting volume '${source === '' ? name : source}': ${error.message}`,
      {
        cause: error,
        facts: error.facts,
      },
    );
  }
}
