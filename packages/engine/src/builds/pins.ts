/** What a name in a Dockerfile was when it was locked: the digest of an image, the digest of a download, the commit of a git ref. */
export type PinKind = 'image' | 'http' | 'git';

/** A lock file at work: what it says of names, and what this build has found, for the next one. */
export interface Pins {
  /** Names that the lock file lacks, or that mean something else by now, are refused. */
  readonly locked: boolean;
  /**
   * The value for a name (of an image the canonical reference and its platform as `imageKey` has it, else the URL with its ref).
   * @throws failed-precondition with `--locked` for a name that it does not have
   */
  find(kind: PinKind, name: string): string | undefined;
  note(kind: PinKind, name: string, value: string): void;
}
