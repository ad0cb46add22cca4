import type { ArgumentSpec } from '../../argv/index.js';

/** The build that is meant, the last one where none is named. */
export const buildArgument = {
  name: 'BUILD',
  optional: true,
  complete: 'build',
} as const satisfies ArgumentSpec;

/** What the daemon takes for the last build. */
export const latestBuild = 'latest';
