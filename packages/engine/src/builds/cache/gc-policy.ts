/** What of the build cache is removed by itself after builds, oldest first. */
export interface BuildGcPolicy {
  readonly enabled: boolean;
  /** Bytes that stay at most; the smaller of this and the share of the disk counts. */
  readonly maxUsed: number;
  /** Of the file system's size. */
  readonly maxShare: number;
  /** What was used since is removed last. Milliseconds. */
  readonly freshMs: number;
}

export const defaultBuildGcPolicy: BuildGcPolicy = {
  enabled: true,
  maxUsed: 20_000_000_000,
  maxShare: 0.1,
  freshMs: 48 * 60 * 60 * 1000,
};
