import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { WharfError } from '@wharf/core';
import { formatPlatform } from '@wharf/oci';
import { layersOf } from '../ops/layer.js';
import type { ExportContext } from '../outputs.js';
import type { OutputDependencies } from './dependencies.js';

/** The files of the target as a tar, its root first. */
export async function* filesOf(
  deps: OutputDependencies,
  context: ExportContext,
): AsyncGenerator<Uint8Array> {
  const [solved, ...others] = context.solved;
  if (solved === undefined) return;
  if (others.length > 0) {
    const platforms = context.solved.map(({ platform }) => formatPlatform(platform)).join(', ');
    throw new WharfError(
      'unimplemented',
      `the files of ${platforms} do not go into one place: build one platform at a time`,
    );
  }
  const { plan } = solved;
  const diffIds = await layersOf(deps, solved.result(plan.target.result), context);
  const lower = deps.layers.directories(diffIds);
  await using scratch = await deps.scratch();
  const stack = { lower, upper: join(scratch.path, 'upper'), work: join(scratch.path, 'work') };
  await mkdir(stack.upper, { mode: 0o755 });
  await mkdir(stack.work, { mode: 0o700 });
  yield* deps.fileAccess.packRoot(
    { root: { kind: 'stack', stack }, readOnly: true, mounts: [] },
    { signal: context.signal },
  );
}
