/** Mounts that the host sees. Targets are ours. */
export interface ImageMountPort {
  /** Of this boot: another one has forgotten all mounts. */
  readonly bootId: string;
  /** A stack of layers (topmost first) read-only, without devices and setuid programs, on a directory that is made if missing. */
  mount(lower: readonly string[], target: string): Promise<void>;
  /** Idempotent; the directory goes as well. Who is in it keeps what is open. */
  unmount(target: string): Promise<void>;
  isMounted(target: string): boolean;
}
