import type { ContainerMount, MountSpec, ResolvedConfig } from '@wharf/core';
import type { RuntimeMount } from '@wharf/oci';
import type { HostPort } from '../ports.js';
import { invalid, quoted } from './names.js';
import { cleanPath, isBelow, mountTarget } from './targets.js';
import { tmpfsOptions } from './tmpfs.js';

/** A mount of the caller or the image, and what stands at its place in the root: a directory or a file. */
export interface PlacedMount {
  readonly mount: RuntimeMount;
  readonly directory: boolean;
  /** See EnsuredPath. */
  readonly like?: string;
}

/** The caller's mounts. A bind's source is looked at again: it may have gone since create. */
export async function callerMounts(
  mounts: readonly MountSpec[],
  host: HostPort,
  recursiveReadOnly: boolean,
): Promise<readonly PlacedMount[]> {
  const placed: PlacedMount[] = [];
  for (const mount of mounts) {
    const destination = mountTarget(mount.target, mount.kind);
    if (mount.kind === 'tmpfs') {
      const options = tmpfsOptions(mount);
      placed.push({
        mount: { destination, type: 'tmpfs', source: 'tmpfs', options },
        directory: true,
      });
    } else if (mount.kind === 'bind') {
      const kind = await host.ensureBindSource(mount.source, mount.createSource);
      const directory = kind === 'directory';
      // Nothing is mounted below a file; and crun 1.8 opens the target of `rro` as a directory.
      const options = bindOptions(mount, recursiveReadOnly && directory);
      placed.push({
        mount: { destination, type: 'bind', source: mount.source, options },
        directory,
      });
    }
  }
  return placed;
}

/** Binds of --volumes-from, which the container's own spec does not have. */
export function inheritedBinds(
  own: readonly MountSpec[],
  resolved: readonly ContainerMount[],
): readonly MountSpec[] {
  const targets = new Set(own.map(({ target }) => cleanPath(target)));
  return resolved
    .filter(({ kind, target }) => kind === 'bind' && !targets.has(cleanPath(target)))
    .map(({ source, target, readWrite, propagation, detail }) => ({
      kind: 'bind',
      source,
      target,
      readOnly: !readWrite,
      propagation,
      createSource: false,
      nonRecursive: detail?.nonRecursive === true,
      tmpfsSize: 0n,
      tmpfsMode: 0,
      tmpfsOptions: [],
    }));
}

/** The mount with what the shim made ready as its source. */
export function fromPrepared(
  placed: PlacedMount,
  prepared: ReadonlyMap<string, string> | undefined,
): PlacedMount {
  const source = prepared?.get(placed.mount.destination);
  return source === undefined ? placed : { ...placed, mount: { ...placed.mount, source } };
}

/** mount(2) makes only the top of a recursive bind read-only; `rro` is mount_setattr(2), for all of it. */
function bindOptions(mount: MountSpec, ableTo: boolean): readonly string[] {
  const recursive = !mount.nonRecursive;
  const { recursiveReadOnly: how } = mount;
  if (how === 'force' && !ableTo) {
    throw invalid(
      `the mount ${quoted(mount.target)} cannot be made read-only with what is mounted below it: the runtime or the kernel is not able to`,
      '--mount',
    );
  }
  const recursiveReadOnly = ableTo && how !== 'writable' && how !== 'disabled';
  const propagation = mount.propagation ?? '';
  return [
    recursive ? 'rbind' : 'bind',
    propagation === '' ? 'rprivate' : propagation,
    ...(mount.readOnly ? ['ro'] : ['rw']),
    ...(mount.readOnly && recursive && recursiveReadOnly ? ['rro'] : []),
  ];
}

/** Volumes and images, but where the caller binds something else. */
export function volumeMounts(
  { mounts }: ResolvedConfig,
  taken: ReadonlySet<string>,
): readonly PlacedMount[] {
  return mounts
    .filter(({ kind }) => kind === 'volume' || kind === 'image')
    .map((mount) => ({ mount, destination: mountTarget(mount.target, mount.kind) }))
    .filter(({ destination }) => !taken.has(destination))
    .map(({ mount, destination }) => volumeMount(mount, destination));
}

function volumeMount(mount: ContainerMount, destination: string): PlacedMount {
  // An image must not put something else in the place of the kernel's own file systems.
  if (['/dev', '/sys'].includes(destination) || isBelow(destination, '/sys')) {
    throw invalid(`the volume ${destination} of the image would cover a system directory`);
  }
  const options = ['rbind', 'rprivate', mount.readWrite ? 'rw' : 'ro'];
  return {
    mount: { destination, type: 'bind', source: mount.source, options },
    directory: true,
  };
}

/** hosts, hostname and resolv.conf, but where the caller or the image mounts something else. */
export function etcMounts(
  etc: string,
  taken: ReadonlySet<string>,
  files: readonly string[] = ['resolv.conf', 'hostname', 'hosts'],
): readonly PlacedMount[] {
  return files
    .map((name) => ({ destination: `/etc/${name}`, source: `${etc}/${name}` }))
    .filter(({ destination }) => !taken.has(destination))
    .map(({ destination, source }) => ({
      mount: { destination, type: 'bind', source, options: ['rbind', 'rprivate', 'rw'] },
      directory: false,
    }));
}
