import type { BuildContext, BuildContextOptions } from '@wharf/client';

/** Reads a directory without what its ignore file leaves out. */
export type OpenContext = (options: BuildContextOptions) => Promise<BuildContext>;

/** The one of the client, which is loaded when a directory is built. */
export const openContext: OpenContext = async (options) =>
  (await import('@wharf/client')).openBuildContext(options);
