import type { CacheMiss, CallOptions } from '@wharf/core';
import { CancelledError, InternalError } from '@wharf/core';
import { Pace } from '../../concurrency/pace.js';
import { Semaphore } from '../../concurrency/semaphore.js';
import { inputChanges } from '../cache/explain.js';
import { cacheKey } from '../cache/key.js';
import type { CacheEntries } from '../cache/records.js';
import type { StoredInputs } from '../cache/stored-inputs.js';
import type { TransferRecord } from '../cache-transfer/format.js';
import { StaleResult, type ImportedCache } from '../cache-transfer/imported-cache.js';
import type { BlobSink, OpContext, OpExecutors, OpReport, OpResult } from '../executor.js';
import type { NodeDescription } from './describe.js';
import { executorOf, type Executions } from './executions.js';
import type { BuildGraph, GraphNode } from './graph.js';
import type { Uses } from './uses.js';

export interface SolveDependencies {
  readonly executors: OpExecutors;
  readonly entries: CacheEntries;
  readonly executions: Executions;
  /** Keys that may not be pruned meanwhile. */
  readonly uses: Uses;
  /** A failure as people are told of it. */
  readonly tell?: (error: unknown) => Promise<unknown>;
}

/** Is told what becomes of nodes, each in the order started, then one of the others. */
export interface SolveWatcher {
  started(node: number): void;
  report(node: number): OpReport;
  done(node: number, end: NodeEnd): void;
  failed(node: number, error: unknown): void;
  cancelled(node: number): void;
}

export interface NodeEnd {
  readonly key: string;
  readonly cached: boolean;
  readonly miss?: CacheMiss;
  /** It is one of those that are cached or executed. */
  readonly counted: boolean;
}

export interface SolveRequest {
  readonly graph: BuildGraph;
  readonly descriptions: readonly NodeDescription[];
  readonly context: Omit<OpContext, 'signal' | 'report' | 'result' | 'fresh' | 'blobs'>;
  /** For the blob of the layer that a node gives, where an image will have it. */
  readonly blobs?: (node: number) => BlobSink | undefined;
  /** Claims layers of a result for as long as the build runs. */
  readonly keep: (result: OpResult) => Promise<void>;
  readonly isFresh: (node: GraphNode) => boolean;
  /** Executing at once. */
  readonly parallelism: number;
  /** Results of other daemons, whose layers come when somebody needs them. */
  readonly imported?: ImportedCache;
  /** Nodes whose results are here in the end; others that were imported need not be. */
  readonly needed?: readonly number[];
  /** Whether steps are told as caches that are exported have them, and all that can be had is here. */
  readonly exporting?: boolean;
  /** Executed whatever is cached, in another order, and nothing of it recorded: a second build to compare with. */
  readonly apart?: string;
  readonly watcher: SolveWatcher;
}

export interface Solved {
  result(node: number): OpResult;
  key(node: number): string;
  /** As a cache that is exported has it; undefined for what has no record, and without `exporting`. */
  step(node: number): SolvedStep | undefined;
}

export interface SolvedStep {
  readonly key: string;
  /** With chain ids in place of the contents of layers, if it reads some. */
  readonly chainKey?: string;
  readonly inputs: StoredInputs;
  readonly description: string;
}

interface NodeResult {
  readonly result: OpResult;
  readonly key: string;
  readonly step?: SolvedStep;
  /** It was imported, and its layers may not be here. */
  readonly isLazy?: boolean;
}

interface Performed extends NodeResult {
  readonly end: NodeEnd;
}

/** Inputs that are read at once: they are computed. */
const mostLooks = 4;

/** Of these there is no record: they are there, or they are nothing. */
const unrecorded: ReadonlySet<string> = new Set(['context', 'scratch']);

/**
 * The fourth stage: executes what the targets need, each operation as soon as its inputs are there. The first failure cancels all
 * that runs, and is thrown when that has ended. An imported result that proves to be nowhere costs another round without it.
 */
export async function solve(
  deps: SolveDependencies,
  request: SolveRequest,
  options: CallOptions,
): Promise<Solved> {
  for (let round = 1; round < maxRounds; round++) {
    const solved = await solveOnce(deps, request, options);
    if (solved !== 'stale') return solved;
  }
  const { imported: _, ...alone } = request;
  const solved = await solveOnce(deps, alone, options);
  if (solved !== 'stale') return solved;
  throw new InternalError('a result is stale where nothing was imported');
}

/** After so many the imported cache is left out. */
const maxRounds = 20;

async function solveOnce(
  deps: SolveDependencies,
  request: SolveRequest,
  options: CallOptions,
): Promise<Solved | 'stale'> {
  const { nodes } = request.graph;
  const failing = new AbortController();
  const signal = AbortSignal.any([options.signal, failing.signal]);
  using used = new DisposableStack();
  const run = new Run(deps, request, signal, used);
  const failures: unknown[] = [];
  let isStale = false;
  const order = request.apart === undefined ? nodes : nodes.toReversed();
  const results = new Map<number, NodeResult>();
  const all = order.map(async (node) => {
    try {
      results.set(node.id, await run.node(node));
    } catch (error) {
      // What goes on meanwhile is recorded, and found by the next round.
      if (error instanceof StaleResult) isStale = true;
      else if (failures.push(error) === 1)
        failing.abort(new CancelledError('another step has failed'));
    }
  });
  await Promise.all(all);
  if (options.signal.aborted)
    throw new CancelledError('the build was cancelled', { cause: options.signal.reason });
  if (failures.length > 0) {
    await run.tellImports();
    throw failures[0];
  }
  if (isStale || !(await run.finish(results))) return 'stale';
  const at = (node: number): NodeResult => {
    const found = results.get(node);
    if (found === undefined) throw new InternalError(`node ${node} of the graph has no result`);
    return found;
  };
  return {
    result: (node) => at(node).result,
    key: (node) => at(node).key,
    step: (node) => at(node).step,
  };
}

class Run {
  readonly #deps: SolveDependencies;
  readonly #request: SolveRequest;
  readonly #signal: AbortSignal;
  readonly #used: DisposableStack;
  readonly #places: Semaphore;
  readonly #looks: Semaphore;
  readonly #results = new Map<number, Promise<NodeResult>>();
  readonly #pace = new Pace();
  /** Of what was imported: recorded and told when the round is at its end, as it may have to go. */
  readonly #imports = new Map<number, () => Promise<void>>();

  constructor(
    deps: SolveDependencies,
    request: SolveRequest,
    signal: AbortSignal,
    used: DisposableStack,
  ) {
    this.#used = used;
    this.#deps = deps;
    this.#request = request;
    this.#signal = signal;
    this.#places = new Semaphore(request.parallelism);
    this.#looks = new Semaphore(Math.min(request.parallelism, mostLooks));
  }

  node(node: GraphNode): Promise<NodeResult> {
    const known = this.#results.get(node.id);
    if (known !== undefined) return known;
    const result = this.#solve(node);
    this.#results.set(node.id, result);
    return result;
  }

  async #solve(node: GraphNode): Promise<NodeResult> {
    const { watcher, graph } = this.#request;
    let begun = false;
    try {
      const inputs = await Promise.all(
        node.inputs.map((id) => this.node(graph.nodes[id] as GraphNode)),
      );
      this.#signal.throwIfAborted();
      begun = true;
      await this.#pace.keep();
      watcher.started(node.id);
      const { end, ...result } = await this.#perform(node, inputs);
      if (result.isLazy !== true) watcher.done(node.id, end);
      return result;
    } catch (thrown) {
      const error = (await this.#deps.tell?.(thrown)) ?? thrown;
      if (error instanceof StaleResult) throw error;
      if (begun && !this.#signal.aborted) watcher.failed(node.id, error);
      else watcher.cancelled(node.id);
      throw error;
    }
  }

  /** Brings what is needed, then tells of what was imported. @returns false when something cannot be had */
  async finish(results: ReadonlyMap<number, NodeResult>): Promise<boolean> {
    const { needed = [], exporting = false } = this.#request;
    try {
      for (const id of needed) await this.#bring(id, results.get(id));
    } catch (error) {
      if (error instanceof StaleResult) return false;
      throw error;
    }
    if (exporting) {
      for (const [id, result] of results)
        await this.#bring(id, result).catch((error: unknown) => {
          if (!(error instanceof StaleResult)) throw error;
        });
    }
    await this.tellImports();
    return true;
  }

  async tellImports(): Promise<void> {
    for (const tell of this.#imports.values()) await tell();
  }

  /** @throws StaleResult */
  async #bring(id: number, found: NodeResult | undefined): Promise<void> {
    const { imported, watcher } = this.#request;
    if (imported === undefined || found?.isLazy !== true || found.result.kind !== 'layers') return;
    const { diffIds } = found.result;
    await imported.bring({ diffIds, report: watcher.report(id) }, { signal: this.#signal });
  }

  /** @throws StaleResult */
  async #bringInputs(
    node: GraphNode,
    inputs: readonly NodeResult[],
    ops: readonly number[],
  ): Promise<void> {
    for (const [at, op] of node.op.inputs.entries())
      if (ops.includes(op)) await this.#bring(node.inputs[at] as number, inputs[at]);
  }

  async #perform(node: GraphNode, inputs: readonly NodeResult[]): Promise<Performed> {
    const { apart, exporting = false, isFresh, keep, watcher } = this.#request;
    const fresh = apart !== undefined || isFresh(node);
    const report = watcher.report(node.id);
    const context = this.#contextOf(node, inputs, fresh, report);
    const reads = executorOf(this.#deps.executors, node.op).reads?.(node.op) ?? [];
    const isLazy = inputs.some((one) => one.isLazy);
    if (isLazy) {
      const byChain = fresh ? undefined : await this.#findByChain(node, inputs, reads, context);
      if (byChain !== undefined) return byChain;
      await this.#bringInputs(node, inputs, reads);
    }
    const values = await this.#inputsOf(node, context);
    const key = cacheKey(values);
    this.#used.use(this.#deps.uses.hold(key));
    const stored = { inputs: values, variables: this.#description(node).variables };
    const step = exporting ? await this.#stepOf(node, key, stored, reads, context) : {};
    const looked = fresh
      ? { reason: 'asked' as const }
      : await this.#lookUp(node, key, context, stored);
    const counted = !unrecorded.has(node.op.kind);
    if ('result' in looked) return { key, ...step, ...looked, end: { key, cached: true, counted } };
    const miss = this.#explain(node, looked.reason, stored);
    if (isLazy) await this.#bringInputs(node, inputs, node.op.inputs);
    const { result, cached } = await this.#execute(node, { key, stored, context, fresh });
    await keep(result);
    if (cached) this.#deps.entries.touch([key]);
    const end = { key, cached, counted, ...(cached || !counted ? {} : { miss }) };
    return { result, key, ...step, end };
  }

  async #inputsOf(node: GraphNode, context: OpContext) {
    await using _ = await this.#looks.acquire({ signal: this.#signal });
    return await executorOf(this.#deps.executors, node.op).inputs(node.op, context);
  }

  /** For an operation that reads layers which are not here: its inputs are not known, but what they lead to elsewhere. */
  async #findByChain(
    node: GraphNode,
    inputs: readonly NodeResult[],
    reads: readonly number[],
    context: OpContext,
  ): Promise<Performed | undefined> {
    const { imported } = this.#request;
    const isLazy = node.op.inputs.some((op, at) => reads.includes(op) && inputs[at]?.isLazy);
    if (imported === undefined || !isLazy) return undefined;
    const named = await this.#inputsOf(node, { ...context, contents: 'chains' });
    const chainKey = cacheKey(named);
    const found = imported.findByChain(chainKey);
    if (found === undefined) return undefined;
    const { key } = found;
    this.#used.use(this.#deps.uses.hold(key));
    const { variables } = this.#description(node);
    const stored = { inputs: found.inputs?.inputs ?? named, variables };
    const looked = await this.#lookUp(node, key, context, stored, found);
    if (!('result' in looked)) return undefined;
    const { description } = this.#execution(node, { key, stored, context, fresh: false });
    const step = { key, chainKey, inputs: stored, description };
    return { key, step, ...looked, end: { key, cached: true, counted: true } };
  }

  async #stepOf(
    node: GraphNode,
    key: string,
    inputs: StoredInputs,
    reads: readonly number[],
    context: OpContext,
  ): Promise<{ readonly step?: SolvedStep }> {
    if (unrecorded.has(node.op.kind)) return {};
    const { definition, name } = this.#description(node);
    const step = { key, inputs, description: name === '' ? definition.text : name };
    if (!reads.some((id) => context.result(id).kind === 'layers')) return { step };
    const named = await this.#inputsOf(node, { ...context, contents: 'chains' });
    return { step: { ...step, chainKey: cacheKey(named) } };
  }

  /** A record whose result is still here, claimed before it is looked for; or a result of elsewhere. */
  async #lookUp(
    node: GraphNode,
    key: string,
    context: OpContext,
    stored: StoredInputs,
    byChain?: TransferRecord,
  ): Promise<Found | { readonly reason: 'first' | 'collected' }> {
    if (unrecorded.has(node.op.kind)) return { reason: 'first' };
    const { entries, executors } = this.#deps;
    const found = entries.find(key);
    if (found !== undefined) {
      await this.#request.keep(found.result);
      if (await executorOf(executors, node.op).isHere(found.result, context)) {
        entries.touch([key]);
        return { result: found.result };
      }
    }
    const keyed = { key, stored, context, fresh: false };
    const elsewhere = byChain ?? this.#request.imported?.find(key);
    if (elsewhere !== undefined && (await this.#believes(node, elsewhere.result, context)))
      return this.#import(node, elsewhere.result, keyed);
    if (found === undefined) return { reason: 'first' };
    entries.remove([key]);
    return { reason: 'collected' };
  }

  /** Whether a result of elsewhere can be one of this operation at all. */
  async #believes(node: GraphNode, result: OpResult, context: OpContext): Promise<boolean> {
    const { op } = node;
    const executor = executorOf(this.#deps.executors, op);
    if (result.kind === 'tree') return 'base' in op ? false : executor.isHere(result, context);
    if (executor.believes !== undefined) return executor.believes(op, result, context);
    if (!('base' in op)) return false;
    const base = context.result(op.base);
    if (base.kind === 'tree') return result.diffIds.length <= 2;
    const { length } = base.diffIds;
    const extendsIt = base.diffIds.every((diffId, at) => diffId === result.diffIds[at]);
    return extendsIt && result.diffIds.length <= length + 1;
  }

  /** Its layers need not be here; what is told of it waits for the end, as it may have to go. */
  async #import(node: GraphNode, result: OpResult, keyed: Keyed): Promise<Found> {
    const { keep, watcher } = this.#request;
    await keep(result);
    const { key } = keyed;
    this.#imports.set(node.id, async () => {
      await this.#deps.executions.record(this.#execution(node, keyed), result);
      watcher.done(node.id, { key, cached: true, counted: true });
    });
    return { result, isLazy: true };
  }

  #explain(
    node: GraphNode,
    reason: 'asked' | 'first' | 'collected',
    stored: StoredInputs,
  ): CacheMiss {
    if (reason !== 'first' || unrecorded.has(node.op.kind)) return { reason, changes: [] };
    const { definition, firstUses } = this.#description(node);
    const before = this.#deps.entries.nearest(definition);
    if (before === undefined) return { reason, changes: [] };
    const step = { text: definition.text, isFirstUse: (name: string) => firstUses.has(name) };
    return { reason: 'changed', changes: inputChanges(before, stored, step) };
  }

  #execute(node: GraphNode, keyed: Keyed) {
    return this.#deps.executions.run(this.#execution(node, keyed), { signal: this.#signal });
  }

  #execution(node: GraphNode, { key, stored, context, fresh }: Keyed) {
    const { definition, name } = this.#description(node);
    const { apart, context: outer, watcher } = this.#request;
    const { signal: _, report, ...rest } = context;
    return {
      op: node.op,
      key,
      ...stored,
      definition,
      description: name === '' ? definition.text : name,
      apart: fresh ? ` ${outer.buildId}${apart ?? ''}` : '',
      record: apart === undefined && !unrecorded.has(node.op.kind),
      context: rest,
      report,
      place: (options: CallOptions) => this.#places.acquire(options),
      onStart: () => watcher.started(node.id),
    };
  }

  #contextOf(
    node: GraphNode,
    inputs: readonly NodeResult[],
    fresh: boolean,
    report: OpReport,
  ): OpContext {
    const results = new Map(node.op.inputs.map((id, at) => [id, inputs[at]?.result]));
    const { apart, blobs: sinkOf } = this.#request;
    const blobs = apart === undefined ? sinkOf?.(node.id) : undefined;
    return {
      ...(blobs === undefined ? {} : { blobs }),
      ...this.#request.context,
      signal: this.#signal,
      report,
      fresh,
      result(id) {
        const found = results.get(id);
        if (found === undefined)
          throw new InternalError(`operation ${node.op.id} does not say that it needs ${id}`);
        return found;
      },
    };
  }

  #description(node: GraphNode): NodeDescription {
    return this.#request.descriptions[node.id] as NodeDescription;
  }
}

interface Found {
  readonly result: OpResult;
  readonly isLazy?: boolean;
}

interface Keyed {
  readonly key: string;
  readonly stored: StoredInputs;
  readonly context: OpContext;
  readonly fresh: boolean;
}
