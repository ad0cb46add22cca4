import { rm } from 'node:fs/promises';
import type { BuildsContext } from '../context.js';
import type { TransactionOptions } from '../../state/state.js';
import { logPath } from './log-file.js';

/** So many builds are remembered. */
const keptBuilds = 50;

/** Forgets the oldest builds with their logs. */
export async function trimRecords(context: Pick<BuildsContext, 'records' | 'root'>): Promise<void> {
  await removeRecords(context, context.records.olderThan(keptBuilds), { lasting: false });
}

export async function removeRecords(
  { records, root }: Pick<BuildsContext, 'records' | 'root'>,
  ids: readonly string[],
  options?: Pick<TransactionOptions, 'lasting'>,
): Promise<void> {
  if (ids.length === 0) return;
  records.remove(ids, options);
  for (const id of ids) await rm(logPath(root, id), { force: true });
}
