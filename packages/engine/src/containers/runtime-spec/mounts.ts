import type { RuntimeMount } from '@wharf/oci';
import type { EnsuredPath, HostPort } from '../ports.js';
import {
  callerMounts,
  etcMounts,
  fromPrepared,
  inheritedBinds,
  volumeMounts,
  type PlacedMount,
} from './user-mounts.js';
import { lockDown, systemMounts } from './system-mounts.js';
import { isBelow } from './targets.js';
import type { TaskConfigInput } from './task-config.js';
import type { NamespaceModes } from '@wharf/core';

export interface BuiltMounts {
  /** Parents before what lies below them. */
  readonly mounts: readonly RuntimeMount[];
  /** Mount points that the root must have. */
  readonly ensure: readonly EnsuredPath[];
  /** Whether the caller's mounts cover /dev: nothing may be made in it then. */
  readonly foreignDev: boolean;
}

export interface MountsInput {
  readonly input: TaskConfigInput;
  readonly modes: NamespaceModes;
  readonly recursiveReadOnly: boolean;
}

/** All mounts of a container: the system's, replaced where the caller mounts over them, then the caller's, the image's volumes and /etc. */
export async function buildMounts(
  { input, modes, recursiveReadOnly }: MountsInput,
  host: HostPort,
): Promise<BuiltMounts> {
  const { spec, resolved } = input;
  const specs = [...spec.mounts, ...inheritedBinds(spec.mounts, resolved.mounts)];
  const callers = await callerMounts(specs, host, recursiveReadOnly);
  const volumes = volumeMounts(resolved, destinations(callers));
  const own = [
    ...[...callers, ...volumes].map((placed) => fromPrepared(placed, input.prepared)),
    ...(input.given ?? []),
  ];
  const etc = etcMounts(input.etc, destinations(own), input.etcFiles);
  const taken = destinations(own);
  const foreignDev = taken.has('/dev');
  const system = systemMounts(spec, modes, input.joined).filter(
    ({ destination }) => !taken.has(destination) && !(foreignDev && isBelow(destination, '/dev')),
  );
  const placed = [...own, ...(spec.readOnlyRootfs ? readOnly(etc) : etc)].sort(byDepth);
  return {
    mounts: [
      ...(spec.readOnlyRootfs ? lockDown(system) : system),
      ...placed.map(({ mount }) => mount),
    ],
    ensure: inRoot(placed, system),
    foreignDev,
  };
}

function destinations(placed: readonly PlacedMount[]): ReadonlySet<string> {
  return new Set(placed.map(({ mount }) => mount.destination));
}

function readOnly(placed: readonly PlacedMount[]): readonly PlacedMount[] {
  const locked = lockDown(placed.map(({ mount }) => mount));
  return locked.map((mount) => ({ mount, directory: false }));
}

function byDepth(a: PlacedMount, b: PlacedMount): number {
  return depth(a) - depth(b);
}

function depth({ mount }: PlacedMount): number {
  return mount.destination.split('/').length;
}

/**
 * Mount points below another mount are not in the root: the runtime makes them where they belong. A tmpfs is left to
 * the runtime altogether: runc gives it the mode of a directory that is there already.
 */
function inRoot(
  placed: readonly PlacedMount[],
  system: readonly RuntimeMount[],
): readonly EnsuredPath[] {
  const all = [...system.map(({ destination }) => destination), ...destinations(placed)];
  return placed
    .filter(
      ({ mount }) =>
        mount.type !== 'tmpfs' && !all.some((other) => isBelow(mount.destination, other)),
    )
    .map(({ mount, directory, like }) => ({
      path: mount.destination,
      directory,
      ...(like === undefined ? {} : { like }),
    }));
}
