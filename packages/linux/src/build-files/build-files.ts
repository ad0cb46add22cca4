import { InternalError } from '@wharf/core';
import type { CallOptions } from '@wharf/core';
import type {
  BuildFilePort,
  ContentFacts,
  FileSearchPort,
  FoundFiles,
  LayerPlace,
} from '@wharf/engine/ports';
import { rm, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Recent } from '../threads/recent.js';
import { Threads } from '../threads/threads.js';
import type { Native } from '../../native/types.js';
import { Gate } from '../unpack/gate.js';
import type { BuildFilesJob, BuildFilesResult, SealedLayer } from './protocol.js';
import { runJob } from './run-job.js';
import type { BuildFilesSetup } from './run-job.js';

/** Files that digests which were made last speak of. */
const recentEntries = 4000;
/** Tables of one directory at a time, the list of a digest, and buffers that are counted apart. */
const limits = { maxOldGenerationSizeMb: 256 };

export interface BuildFilesOptions extends BuildFilesSetup {
  readonly native: Pick<Native, 'close' | 'canDetachOverlay'>;
  /** The bundled worker entry. */
  readonly workerUrl: URL;
  /** Where the store keeps pieces of trees: `<2 digits>/<62 digits>`. */
  readonly treesRoot: string;
  /** Threads at work at once; others wait. Default: two more than there are cores. */
  readonly concurrency?: number;
}

/** Each call has a thread; what it mounts is gone when the call ends, cancelled or not. */
export function createBuildFiles(
  options: BuildFilesOptions,
): BuildFilePort & FileSearchPort & { close(): Promise<void> } {
  const { treesRoot } = options;
  const threads = new Threads(options.workerUrl, { name: 'wharf-build-files', limits });
  const gate = new Gate(options.concurrency ?? availableParallelism() + 2);
  const closing = new AbortController();
  let canDetach: boolean | undefined;
  let pool: Promise<unknown> | undefined;
  const running = new Set<Promise<unknown>>();
  const recent = new Recent<ContentFacts>(recentEntries);

  const run = async (job: BuildFilesJob, { signal }: CallOptions): Promise<BuildFilesResult> => {
    const all = AbortSignal.any([signal, closing.signal]);
    const work = (async () => {
      await using _ = await gate.enter({ signal: all });
      canDetach ??= options.native.canDetachOverlay();
      // libuv's pool must exist, or its threads would be children of one with another root.
      await (pool ??= stat(options.nativePath));
      return await runJob({ ...options, threads, canDetach }, job, { signal: all });
    })();
    running.add(work);
    return await work.finally(() => running.delete(work));
  };

  return {
    async copy(request, call) {
      await run({ kind: 'copy', treesRoot, request }, call);
      await forgetMount(request.place);
    },
    async digest(request, call): Promise<ContentFacts> {
      // What has a digest never changes.
      const isFixed = request.items.every(({ source }) => source.kind === 'tree');
      const question = isFixed ? JSON.stringify(request) : '';
      const known = isFixed ? recent.get(question) : undefined;
      if (known !== undefined) return known;
      const result = await run({ kind: 'digest', treesRoot, request }, call);
      if (result === undefined || !('digest' in result)) throw unexpected('digest');
      if (isFixed) recent.set(question, result, result.entries.length + 1);
      return result;
    },
    async makeDirectory(request, call) {
      await run({ kind: 'make-directory', request }, call);
      await forgetMount(request.place);
    },
    async materialise(request, call) {
      await run({ kind: 'materialise', treesRoot, request }, call);
    },
    async seal(request, call): Promise<SealedLayer> {
      const result = await run({ kind: 'seal', request }, call);
      if (result === undefined || !('opaqueRoot' in result)) throw unexpected('seal');
      return result;
    },
    async search(request, call): Promise<FoundFiles> {
      const result = await run({ kind: 'search', request }, call);
      if (result === undefined || !('leftOut' in result)) throw unexpected('search');
      return result;
    },
    async close() {
      closing.abort(new InternalError('the files of builds are closed'));
      await Promise.allSettled(running);
      await threads.close();
    },
  };
}

/** A mount that is volatile leaves a mark by which the kernel refuses another one with the same directories. */
async function forgetMount({ work }: LayerPlace): Promise<void> {
  await rm(join(work, 'work', 'incompat'), { recursive: true, force: true });
}

function unexpected(kind: string): InternalError {
  return new InternalError(`a thread for files of a build has no result for ${kind}`);
}
