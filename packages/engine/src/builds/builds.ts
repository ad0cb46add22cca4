import type { Builds, CallOptions } from '@wharf/core';
import { FailedPreconditionError } from '@wharf/core';
import { createGitMirrors } from './git/mirrors.js';
import { adoptBuilds } from './adopt.js';
import { askBuild } from './ask.js';
import { runBuild } from './job/run.js';
import { createCacheMounts } from './cache-mounts/store.js';
import { createCollector } from './cache/collector.js';
import { cacheFilter } from './cache/filter.js';
import { listCache } from './cache/list.js';
import { measureWith } from './cache/measure.js';
import { pruneCache } from './cache/prune.js';
import { createCacheEntries } from './cache/records.js';
import type { BuildsContext, KeptFailure } from './context.js';
import { importArchive } from './contexts/import-archive.js';
import { dispose, failedStep, failureKeeper } from './debug.js';
import type { BuildsDependencies } from './dependencies.js';
import { explainBuild } from './explain.js';
import { createCacheFacts } from './facts/store.js';
import { listBuilds } from './list.js';
import { buildLogs } from './logs.js';
import { createBuildRecords } from './records/store.js';
import { removeRecords } from './records/trim.js';
import { namingDisk, orNameDisk } from './room.js';
import { createScratch } from './scratch.js';
import { Executions } from './solve/executions.js';
import { Uses } from './solve/uses.js';
import { TreeGate } from './trees/gate.js';
import { createHeldTrees } from './trees/held.js';
import { syncTree } from './trees/sync.js';

/** The manager, and what the daemon's life needs of it. */
export interface BuildManager extends Builds {
  /** Once, before the first call; says what was out of order. */
  adopt(signal: AbortSignal): Promise<readonly string[]>;
  /** Ends what runs by itself. */
  close(): Promise<void>;
}

/** A tree that came and that no build has begun with. */
const arrivedMs = 10 * 60 * 1000;

export function createBuilds(deps: BuildsDependencies): BuildManager {
  const context = createContext(deps);
  const { records, heldTrees, trees, treeGate, cacheMounts, now } = context;
  const arrived = (digest: string): void => heldTrees.hold(digest, now() + arrivedMs);
  return {
    adopt: (signal) => adoptBuilds(context, { signal }),
    async close() {
      await context.collector[Symbol.asyncDispose]();
      for (const kept of context.failed.values()) await dispose(kept, context.logger);
      context.failed.clear();
    },
    async syncTree(digest, source, options) {
      using _ = await treeGate.enter();
      arrived(digest);
      const synced = await orNameDisk(deps.root, () => syncTree(trees, digest, source, options));
      arrived(digest);
      return synced;
    },
    async importArchive(archive, options) {
      using _ = await treeGate.enter();
      const facts = await orNameDisk(deps.root, () => importArchive(context, archive, options));
      arrived(facts.digest);
      return facts;
    },
    build: (spec, options) => runBuild(context, spec, options),
    async ask(spec, question, options) {
      using _ = await treeGate.enter();
      return await askBuild(context, spec, question, options);
    },
    list: ({ filters }) => Promise.resolve(listBuilds(context, filters)),
    get: async (ref) => {
      const record = records.get(ref);
      return context.running.get(record.id)?.record('running', '') ?? record;
    },
    logs: (ref, options) => buildLogs(context, ref, options),
    async remove(ref) {
      const { id } = records.get(ref);
      if (context.running.has(id))
        throw new FailedPreconditionError(`build ${id} runs: stop it before you remove it`);
      await removeRecords(context, [id]);
    },
    explain: async (ref, step) => explainBuild(context, ref, step),
    async cache({ filters, ...options }) {
      return (await listCache(context, options)).filter(cacheFilter(filters, now()));
    },
    prune: (options) => pruneCache(context, options),
    cacheMounts: (options) => cacheMounts.list(options),
    exportCacheMount: (id, options) => cacheMounts.export(id, options),
    importCacheMount: (id, archive, options) => cacheMounts.import(id, archive, options),
    debug: async (ref, request, options: CallOptions) =>
      failedStep(context, ref).open(request, options),
  };
}

function createContext(deps: BuildsDependencies): BuildsContext {
  const { executors: executorsOf, outputs: outputsOf, importCache, now = Date.now, ...rest } = deps;
  const { state, root, files, logger } = rest;
  const scratch = createScratch(root, files);
  const cacheMounts = createCacheMounts({ ...rest, scratch, now });
  const facts = createCacheFacts(state, now);
  const gitMirrors = createGitMirrors({ root, files }, now);
  const tools = { cacheMounts, facts, gitMirrors, scratch };
  const executors = executorsOf(tools);
  const entries = createCacheEntries(state, now);
  const executions = new Executions({ executors, entries, measure: measureWith(rest) });
  const keyUses = new Uses();
  const failed = new Map<string, KeptFailure>();
  const context: BuildsContext = {
    ...rest,
    ...tools,
    outputs: outputsOf(tools),
    ...(importCache === undefined ? {} : { importCache: importCache(tools) }),
    ...{ now, executors, entries, executions, keyUses, failed },
    records: createBuildRecords(state),
    heldTrees: createHeldTrees(state, now),
    treeUses: new Uses(),
    running: new Map(),
    collector: createCollector(() => context),
    solving: {
      ...{ executors, entries, executions, uses: keyUses },
      tell: (error) => namingDisk(root, error),
    },
    treeGate: new TreeGate(),
    keepFailed: failureKeeper(failed, logger),
  };
  return context;
}
