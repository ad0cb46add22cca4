/** Of one tree: entries of all its directories, counted as often as they are reached. */
export const maxTreeEntries = 2_000_000;
/** Directories on the way from the root to an entry. */
export const maxTreeDepth = 256;
/** What nobody needs is kept for so long after it was last written or asked for. */
export const graceMs = 3600_000;
