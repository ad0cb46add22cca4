/**
 * What executors remember from one build to the next that is no result: validators of HTTP, commits of git refs, tokens of
 * what is where. Strings by key; the 10,000 that were used last stay.
 */
export interface CacheFacts {
  get(key: string): string | undefined;
  /** resource-exhausted above 64 KiB. */
  set(key: string, value: string): void;
  delete(key: string): void;
}
