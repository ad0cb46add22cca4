import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallOptions } from '@wharf/core';
import { adoptCacheMounts } from './cache-mounts/store.js';
import type { BuildsContext } from './context.js';

/** Once, before the first build: what a daemon that is gone has left of builds. @returns what was out of order */
export async function adoptBuilds(
  context: BuildsContext,
  options: CallOptions,
): Promise<readonly string[]> {
  const { records, root, steps, files, logger, now } = context;
  const done: string[] = [];
  await mkdir(join(root, 'tmp'), { recursive: true, mode: 0o700 });
  await mkdir(join(root, 'logs'), { recursive: true, mode: 0o700 });
  const ended = await steps.adopt(options);
  if (ended > 0) done.push(`${ended} steps of builds that a daemon has left were ended`);
  const running = records.list().filter(({ status }) => status === 'running');
  for (const record of running) {
    records.put({
      ...record,
      status: 'failed',
      error: 'the daemon ended',
      finishedAt: new Date(now()),
    });
  }
  if (running.length > 0) done.push(`${running.length} builds had not ended and have failed`);
  for (const name of await readdir(join(root, 'tmp'))) {
    try {
      await files.removeTree(join(root, 'tmp', name), options);
    } catch (error) {
      logger.warn('remains of a build cannot be removed', { name, error });
    }
  }
  const known = new Set(records.list().map(({ id }) => id));
  for (const name of await readdir(join(root, 'logs')))
    if (!known.has(name)) await rm(join(root, 'logs', name), { force: true });
  const strays = await adoptCacheMounts(context, options);
  if (strays > 0) done.push(`${strays} cache mounts without a record were removed`);
  return done;
}
