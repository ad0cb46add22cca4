import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { formatPlatform } from '@wharf/oci';
import { layersOf } from '../ops/layer.js';
import type { RootView } from '../../containers/file-ports.js';
import type { ExportContext, SolvedPlan } from '../outputs.js';
import type { OutputDependencies } from './dependencies.js';

/** The files of the target as a tar, its root first; of several platforms each in a directory of its own, `linux_amd64`, as buildx has them. */
export async function* filesOf(
  deps: OutputDependencies,
  context: ExportContext,
): AsyncGenerator<Uint8Array> {
  const [solved, ...others] = context.solved;
  if (solved === undefined) return;
  await using scratch = await deps.scratch();
  const upper = join(scratch.path, 'upper');
  const work = join(scratch.path, 'work');
  await mkdir(upper, { mode: 0o755 });
  await mkdir(work, { mode: 0o700 });
  if (others.length === 0) {
    const stack = { lower: await directoriesOf(deps, solved, context), upper, work };
    yield* pack(deps, { kind: 'stack', stack }, context);
    return;
  }
  await chmod(upper, 0o755);
  for (const one of context.solved) {
    const source = { kind: 'stack', lower: await directoriesOf(deps, one, context) } as const;
    const destination = `/${formatPlatform(one.platform).replaceAll('/', '_')}/`;
    await deps.files.copy(
      {
        place: { lower: [], upper, work },
        items: [{ source, path: '/', wildcards: false, unpack: false }],
        ...{ destination, owner: '', exclude: [] },
      },
      context,
    );
  }
  const { epochSeconds } = context;
  await deps.files.seal({ upper, lower: [], epochSeconds, stubs: [] }, context);
  yield* pack(deps, { kind: 'directory', path: upper }, context);
}

async function directoriesOf(
  deps: OutputDependencies,
  { plan, result }: SolvedPlan,
  context: ExportContext,
): Promise<readonly string[]> {
  return deps.layers.directories(await layersOf(deps, result(plan.target.result), context));
}

function pack(
  { fileAccess }: OutputDependencies,
  root: RootView['root'],
  { signal }: ExportContext,
): AsyncIterable<Uint8Array> {
  return fileAccess.packRoot({ root, readOnly: true, mounts: [] }, { signal });
}
