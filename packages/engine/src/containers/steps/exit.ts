import { UnavailableError } from '@wharf/core';
import type { JournalEntry } from '../ports.js';
import type { StepContext } from './context.js';
import type { ReadyStep } from './prepare.js';

export type Exited = Extract<JournalEntry['what'], { readonly kind: 'exited' }>;

/** The end of a step's process, as its shim has it. unavailable when that died before. */
export async function exitOf(
  { taskPort }: StepContext,
  { task, held }: ReadyStep,
  signal: AbortSignal,
): Promise<Exited> {
  for await (const { what } of task.watch(0n, { signal })) if (what.kind === 'exited') return what;
  signal.throwIfAborted();
  const journal = await taskPort.readJournal(held.paths.journal, 0n);
  const exited = journal.map(({ what }) => what).find((what) => what.kind === 'exited');
  if (exited !== undefined) return exited;
  throw new UnavailableError('the shim of a build step ended unexpectedly, build again');
}
