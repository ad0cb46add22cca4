import { chmod, chown } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InvalidArgumentError, printable, ResourceExhaustedError } from '@wharf/core';
import type { StepMount } from '../../builds/step-runner.js';
import type { EnsuredPath, PreparedMount } from '../ports.js';
import { isBelow, mountTarget } from '../runtime-spec/targets.js';
import type { PlacedMount } from '../runtime-spec/user-mounts.js';

export interface StepMounts {
  readonly prepared: readonly PreparedMount[];
  readonly given: readonly PlacedMount[];
  /** Mount points that the runtime makes where the root lacks them: it gives a tmpfs the mode of what is there already. */
  readonly runtimePlaces: readonly string[];
  /** What leads to them. */
  readonly parents: readonly EnsuredPath[];
}

/** What the shim is told about secrets fits into one message. */
const mostSecretBytes = 2 * 1024 * 1024;
const systemPlaces = ['/dev', '/proc', '/sys'];

/** All but file systems in memory are made ready by the shim, which finds what is beneath a source without following links. */
export function stepMounts(mounts: readonly StepMount[], bundle: string): StepMounts {
  checkSecrets(mounts);
  const placed = mounts.map((mount, at) => {
    const destination = mountTarget(mount.target, mount.kind);
    if (mount.kind === 'tmpfs') return { given: memory(mount, destination) };
    const target = join(bundle, 'mounts', String(at));
    const options = ['bind', 'rprivate', mount.readOnly ? 'ro' : 'rw', ...flagsOf(mount)];
    return {
      prepared: { ...common, destination, target, ...sourceOf(mount) },
      given: {
        mount: { destination, type: 'bind', source: target, options },
        directory: true,
        like: target,
      },
    };
  });
  const given = placed.map((each) => each.given);
  const prepared = placed.flatMap((each) => each.prepared ?? []);
  const places = memoryPlaces(given);
  const parents = places.map((place) => ({ path: dirname(place), directory: true }));
  return {
    given,
    prepared,
    runtimePlaces: [...systemPlaces, ...places],
    parents: parents.filter(({ path }) => path !== '/'),
  };
}

/** No program is a secret or a socket. */
function flagsOf({ kind }: StepMount): readonly string[] {
  return kind === 'secret' || kind === 'socket' ? ['nosuid', 'nodev', 'noexec'] : [];
}

const common = { lower: [], subpath: '', recursive: false, chown: false, idmap: '' };

type Source = Pick<PreparedMount, 'source'> & Partial<PreparedMount>;

function sourceOf(mount: Exclude<StepMount, { readonly kind: 'tmpfs' }>): Source {
  switch (mount.kind) {
    case 'bind':
      return beneath(mount.source, mount.subpath);
    case 'socket':
      return beneath(mount.source, '');
    case 'stack': {
      const { lower, scratch } = mount;
      const subpath = parts(mount.subpath).join('/');
      return { source: '', lower, subpath, ...(scratch === undefined ? {} : { scratch }) };
    }
    case 'secret': {
      const { content, uid, gid, mode } = mount;
      return { source: '', memory: { content, uid, gid, mode } };
    }
  }
}

/** The source's own name is found without following links, too: what a build has put there may be one. */
function beneath(source: string, subpath: string): Source {
  return { source: dirname(source), subpath: [basename(source), ...parts(subpath)].join('/') };
}

function parts(subpath: string): readonly string[] {
  const found = subpath.split('/').filter((part) => part !== '' && part !== '.');
  if (!found.includes('..') && !subpath.includes('\0')) return found;
  throw new InvalidArgumentError(
    `invalid source path ${printable(subpath)} of a mount: it leads out of where it starts`,
    { facts: { flag: '--mount' } },
  );
}

function memory(
  { size, readOnly }: Extract<StepMount, { readonly kind: 'tmpfs' }>,
  destination: string,
): PlacedMount {
  const options = ['nosuid', 'nodev', 'mode=1777'];
  if (size !== undefined && size > 0) options.push(`size=${Math.ceil(size)}`);
  if (readOnly) options.push('ro');
  return { mount: { destination, type: 'tmpfs', source: 'tmpfs', options }, directory: true };
}

/** Not in the root is what lies below another mount. */
function memoryPlaces(given: readonly PlacedMount[]): readonly string[] {
  const all = [...systemPlaces, ...given.map(({ mount }) => mount.destination)];
  return given
    .filter(({ mount: { type } }) => type === 'tmpfs')
    .map(({ mount: { destination } }) => destination)
    .filter((path) => !all.some((other) => isBelow(path, other)));
}

function checkSecrets(mounts: readonly StepMount[]): void {
  const bytes = mounts.reduce(
    (sum, mount) => sum + (mount.kind === 'secret' ? mount.content.length : 0),
    0,
  );
  if (bytes > mostSecretBytes) {
    throw new ResourceExhaustedError(
      `the secrets of one step have ${bytes} bytes, more than ${mostSecretBytes}: give it smaller ones`,
    );
  }
}

/** Who may connect is decided by the socket's own owner and mode, which a bind mount shares. */
export async function ownSockets(mounts: readonly StepMount[]): Promise<void> {
  await Promise.all(
    mounts.map(async (mount) => {
      if (mount.kind !== 'socket') return;
      await chown(mount.source, mount.uid, mount.gid);
      await chmod(mount.source, mount.mode & 0o777);
    }),
  );
}
