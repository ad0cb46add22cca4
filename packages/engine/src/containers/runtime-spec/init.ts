import type { RuntimeMount } from '@wharf/oci';
import { invalid } from './names.js';
import type { TaskConfigInput } from './task-config.js';

export interface BuiltInit {
  readonly target?: string;
  readonly mounts: readonly RuntimeMount[];
  readonly ensure: readonly { readonly path: string; readonly directory: boolean }[];
}

/** The process that reaps orphans for the container's own, with --init; pointless where pid 1 is somebody else's. */
export function buildInit({ spec, defaults }: TaskConfigInput, foreignDev: boolean): BuiltInit {
  const ownPids = spec.namespaces.pid === '' || spec.namespaces.pid === 'private';
  if (!(spec.init ?? defaults.init) || !ownPids) return { mounts: [], ensure: [] };
  if (defaults.initPath === '') {
    throw invalid(
      'there is no init binary on this host for --init: set init-path of the daemon',
      '--init',
    );
  }
  // In the container's own /dev it leaves no trace in the image; a /dev of the host must stay as it is.
  const target = foreignDev ? '/sbin/wharf-init' : '/dev/init';
  return {
    target,
    mounts: [
      {
        destination: target,
        type: 'bind',
        source: defaults.initPath,
        options: ['bind', 'rprivate', 'ro', 'nosuid', 'nodev'],
      },
    ],
    ensure: foreignDev ? [{ path: target, directory: false }] : [],
  };
}
