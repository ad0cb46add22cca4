import { InvalidArgumentError } from '@wharf/core';
import type { ProgressMode } from '../../format/build-progress/index.js';

/** The values of --progress and of BUILDKIT_PROGRESS. */
export const progressModes = ['auto', 'plain', 'tty', 'quiet', 'rawjson', 'none'] as const;

export interface ProgressSurroundings {
  /** Of the flag; empty when it was not given. */
  readonly flag: string;
  readonly quiet: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether progress goes to a terminal. */
  readonly terminal: boolean;
}

export interface ChosenProgress {
  readonly mode: ProgressMode;
  /** Only the id of the image is printed. */
  readonly quiet: boolean;
}

/** How to show a build: the flag, else WHARF_PROGRESS or BUILDKIT_PROGRESS, else as the output likes. @throws InvalidArgumentError */
export function chooseProgress(surroundings: ProgressSurroundings): ChosenProgress {
  const { flag, quiet, env, terminal } = surroundings;
  if (quiet && flag !== '' && flag !== 'quiet' && flag !== 'auto' && flag !== 'none') {
    throw new InvalidArgumentError(`--progress=${flag} and --quiet cannot be used together`);
  }
  const wanted = flag || env['WHARF_PROGRESS'] || env['BUILDKIT_PROGRESS'] || 'auto';
  const known = progressModes.find((one) => one === wanted);
  if (known === undefined) {
    throw new InvalidArgumentError(
      `invalid progress ${JSON.stringify(wanted)} in the environment: must be one of ${progressModes.join(', ')}`,
    );
  }
  if (quiet || known === 'quiet') return { mode: 'none', quiet: true };
  if (known === 'auto') return { mode: terminal ? 'tty' : 'plain', quiet: false };
  return { mode: known === 'tty' && !terminal ? 'plain' : known, quiet: false };
}
