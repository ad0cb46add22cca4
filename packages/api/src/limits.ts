/** Bounds on what a caller may send; a request beyond one is refused with invalid-argument. */
export const limits = {
  /** Bytes of one message, received (SECURITY.md A-05). */
  messageBytes: 16 * 1024 * 1024,
  /** UTF-16 units of one text field. */
  textLength: 1024 * 1024,
  /** Tags, lengths and integers in one message: bounds the memory that decoding can take. */
  messageValues: 400_000,
  /** Entries of a list of texts: arguments, environment, labels. */
  listEntries: 10_000,
  /** Entries of a list of objects: mounts, devices, filters. */
  objectEntries: 1_024,
  /** Rows and columns of a terminal (struct winsize has 16 bits). */
  terminalSide: 65_535,
  /** Bytes of one secret of a build, as BuildKit has it. */
  secretBytes: 500 * 1024,
  /** UTF-16 units of an error's text and of its facts together, so that trailers stay below 64 KiB. */
  errorTextLength: 4_096,
  errorFactsLength: 6_144,
} as const;
