import type { Builds } from '@wharf/core';
import type { CliContext } from '../../context.js';

/** The builder of the daemon that is meant. */
export async function buildsOf(context: CliContext): Promise<Builds> {
  return (await context.engine()).builds;
}
