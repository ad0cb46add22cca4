/** What belongs to one daemon, so that what is left of it can be told from the rest of the host. */
export interface LeakScope {
  /** Folders whose path marks a process, mount or file as the daemon's: data root, exec root. Absolute. */
  readonly roots: readonly string[];
  /** The daemon's parent cgroup, as given by --cgroup-parent, with the leading slash. */
  readonly cgroupParent: string;
  /** Name of its default bridge; without it network objects are matched by `id` and by the daemon's id alone. */
  readonly bridge?: string;
  /** The network namespace of `ip netns` that the daemon runs in; without it this process's. */
  readonly space?: string;
  /** A word that is in the name of everything that the test named for this daemon. */
  readonly id: string;
}

export type LeakKind =
  | 'process'
  | 'mount'
  | 'cgroup'
  | 'network namespace'
  | 'link'
  | 'routing rule'
  | 'nft table'
  | 'file';

export interface Leak {
  readonly kind: LeakKind;
  /** What it is, with enough to find it by hand. */
  readonly what: string;
}
