import type { CgroupPlace, Native } from '@wharf/linux/native';

/** A runtime as shims and `cleanUp` call it. */
export interface RuntimeEntry {
  readonly path: string;
  /** Before every sub-command, such as `--root DIR`. */
  readonly globalArgs: readonly string[];
  readonly kind: 'crun' | 'runc' | 'other';
}

export interface ShimDriverOptions {
  readonly native: Native;
  /** The wharf-shim executable. */
  readonly shimPath: string;
  /** By name; '' is the default one. Unknown names throw. */
  readonly runtime: (name: string) => RuntimeEntry;
  readonly cgroupVersion: CgroupPlace['version'];
  /** Unmounted in every shim's mount namespace: /sys/fs/cgroup/unified where crun cannot bear it. */
  readonly unmount: readonly string[];
  /** `cgroup.procs` files that a new shim joins, so that it is not in the daemon's own groups. */
  readonly cgroupProcs?: readonly string[];
  readonly bootId: string;
  /** On the file system of the bundles: where the shim lies that is kept for the next start. */
  readonly reserveDirectory: string;
  /** Called when a runtime will soon move a process into its control groups; see `createMigrationPrimer`. */
  readonly primeMigration?: () => void;
}
