import { openBuildContext, type BuildContext, type BuildContextOptions } from '@wharf/client';

/** Reads a directory without what its ignore file leaves out. */
export type OpenContext = (options: BuildContextOptions) => Promise<BuildContext>;

/** The one of the client. */
export const openContext: OpenContext = (options) => openBuildContext(options);
