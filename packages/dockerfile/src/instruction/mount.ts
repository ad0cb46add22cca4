/** `RUN --mount`, variables put in. Paths are as written; an empty one is not said. */
export type Mount = BindMount | CacheMount | TmpfsMount | SecretMount | SshMount;

interface Placed {
  readonly target: string;
}

export interface BindMount extends Placed {
  readonly type: 'bind';
  /** A stage, a named context or an image; undefined is the build context. */
  readonly from?: string;
  readonly source: string;
  /** A mount that may be written to loses what was written. */
  readonly readOnly: boolean;
}

export interface CacheMount extends Placed, Owner {
  readonly type: 'cache';
  /** The target when it is not said. */
  readonly id: string;
  readonly sharing: 'shared' | 'private' | 'locked';
  /** What an empty cache begins with. */
  readonly from?: string;
  readonly source: string;
  readonly readOnly: boolean;
}

export interface TmpfsMount extends Placed {
  readonly type: 'tmpfs';
  /** Bytes. */
  readonly size?: number;
  readonly readOnly: boolean;
}

/** A secret as a file, or with `env` as a variable. Without `required` a secret that was not given is left out. */
export interface SecretMount extends Placed, Owner {
  readonly type: 'secret';
  readonly id: string;
  readonly required: boolean;
  /** Name of the variable. */
  readonly env?: string;
}

export interface SshMount extends Placed, Owner {
  readonly type: 'ssh';
  readonly id: string;
  readonly required: boolean;
}

interface Owner {
  readonly uid?: number;
  readonly gid?: number;
  readonly mode?: number;
}
