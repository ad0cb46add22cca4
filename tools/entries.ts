/** A module that becomes one file of dist/lib, run by the pinned Node: the daemon, and each of its worker threads. */
export interface NodeEntry {
  readonly source: string;
  /** File name in dist/lib. */
  readonly output: string;
}

/** Everything that tools/build bundles for Node; the one place to name a new worker. */
export const nodeEntries: readonly NodeEntry[] = [
  { source: 'apps/wharfd/src/main.ts', output: 'wharfd.mjs' },
  { source: 'packages/linux/src/unpack/worker.ts', output: 'unpack-worker.mjs' },
  { source: 'packages/linux/src/files/worker.ts', output: 'files-worker.mjs' },
  { source: 'packages/linux/src/build-files/worker.ts', output: 'build-files-worker.mjs' },
  { source: 'packages/linux/src/trees/worker.ts', output: 'trees-worker.mjs' },
];

/** The executable that is both wharf and wharf-shim; compiled by Bun. */
export const executableEntry = 'apps/wharf/src/main.ts';
