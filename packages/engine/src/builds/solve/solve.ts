import type { CacheMiss, CallOptions } from '@wharf/core';
import { CancelledError, InternalError, toWharfError } from '@wharf/core';
import { Pace } from '../../concurrency/pace.js';
import { Semaphore } from '../../concurrency/semaphore.js';
import { inputChanges } from '../cache/explain.js';
import { cacheKey } from '../cache/key.js';
import type { CacheEntries } from '../cache/records.js';
import type { StoredInputs } from '../cache/stored-inputs.js';
import type { OpContext, OpExecutors, OpReport, OpResult } from '../executor.js';
import type { RemoteCache } from '../outputs.js';
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
  readonly context: Omit<OpContext, 'signal' | 'report' | 'result' | 'fresh'>;
  /** Claims layers of a result for as long as the build runs. */
  readonly keep: (result: OpResult) => Promise<void>;
  readonly isFresh: (node: GraphNode) => boolean;
  /** Executing at once. */
  readonly parallelism: number;
  readonly remote?: RemoteCache;
  /** Executed whatever is cached, in another order, and nothing of it recorded: a second build to compare with. */
  readonly apart?: string;
  readonly watcher: SolveWatcher;
}

export interface Solved {
  result(node: number): OpResult;
  key(node: number): string;
}

interface NodeResult {
  readonly result: OpResult;
  readonly key: string;
}

/** Of these there is no record: they are there, or they are nothing. */
const unrecorded: ReadonlySet<string> = new Set(['context', 'scratch']);

/**
 * The fourth stage: executes what the targets need, each operation as soon as its inputs are there. The first failure cancels all
 * that runs, and is thrown when that has ended.
 */
export async function solve(
  deps: SolveDependencies,
  request: SolveRequest,
  options: CallOptions,
): Promise<Solved> {
  const { nodes } = request.graph;
  const failing = new AbortController();
  const signal = AbortSignal.any([options.signal, failing.signal]);
  using used = new DisposableStack();
  const run = new Run(deps, request, signal, used);
  const failures: unknown[] = [];
  const order = request.apart === undefined ? nodes : nodes.toReversed();
  const results = new Map<number, NodeResult>();
  const all = order.map(async (node) => {
    try {
      results.set(node.id, await run.node(node));
    } catch (error) {
      if (failures.push(error) === 1) failing.abort(new CancelledError('another step has failed'));
    }
  });
  await Promise.all(all);
  if (options.signal.aborted)
    throw new CancelledError('the build was cancelled', { cause: options.signal.reason });
  if (failures.length > 0) throw failures[0];
  const at = (node: number): NodeResult => {
    const found = results.get(node);
    if (found === undefined) throw new InternalError(`node ${node} of the graph has no result`);
    return found;
  };
  return { result: (node) => at(node).result, key: (node) => at(node).key };
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
    this.#looks = new Semaphore(request.parallelism);
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
      const { result, end } = await this.#perform(node, inputs);
      watcher.done(node.id, end);
      return { result, key: end.key };
    } catch (error) {
      if (begun && !this.#signal.aborted) watcher.failed(node.id, error);
      else watcher.cancelled(node.id);
      throw error;
    }
  }

  async #perform(
    node: GraphNode,
    inputs: readonly NodeResult[],
  ): Promise<{ readonly result: OpResult; readonly end: NodeEnd }> {
    const { apart, isFresh, keep, watcher } = this.#request;
    const fresh = apart !== undefined || isFresh(node);
    const report = watcher.report(node.id);
    const context = this.#contextOf(node, inputs, fresh, report);
    const values = await this.#inputsOf(node, context);
    const key = cacheKey(values);
    this.#used.use(this.#deps.uses.hold(key));
    const stored = { inputs: values, variables: this.#description(node).variables };
    const looked = fresh
      ? { reason: 'asked' as const }
      : await this.#lookUp(node, key, context, stored);
    const counted = !unrecorded.has(node.op.kind);
    if ('result' in looked) return { result: looked.result, end: { key, cached: true, counted } };
    const miss = this.#explain(node, looked.reason, stored);
    const { result, cached } = await this.#execute(node, { key, stored, context, fresh });
    await keep(result);
    if (cached) this.#deps.entries.touch([key]);
    return { result, end: { key, cached, counted, ...(cached || !counted ? {} : { miss }) } };
  }

  async #inputsOf(node: GraphNode, context: OpContext) {
    await using _ = await this.#looks.acquire({ signal: this.#signal });
    return await executorOf(this.#deps.executors, node.op).inputs(node.op, context);
  }

  /** A record whose result is still here, claimed before it is looked for; or a result of elsewhere. */
  async #lookUp(
    node: GraphNode,
    key: string,
    context: OpContext,
    stored: StoredInputs,
  ): Promise<{ readonly result: OpResult } | { readonly reason: 'first' | 'collected' }> {
    if (unrecorded.has(node.op.kind)) return { reason: 'first' };
    const { entries, executors } = this.#deps;
    const found = entries.find(key);
    if (found === undefined) {
      const remote = await this.#request.remote?.find(key, { signal: this.#signal });
      if (remote === undefined) return { reason: 'first' };
      await this.#request.keep(remote);
      await this.#deps.executions.record(
        this.#execution(node, { key, stored, context, fresh: false }),
        remote,
      );
      return { result: remote };
    }
    await this.#request.keep(found.result);
    if (await executorOf(executors, node.op).isHere(found.result, context)) {
      entries.touch([key]);
      return { result: found.result };
    }
    entries.remove([key]);
    return { reason: 'collected' };
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
    return {
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

interface Keyed {
  readonly key: string;
  readonly stored: StoredInputs;
  readonly context: OpContext;
  readonly fresh: boolean;
}

/** Whether a failure is the end of what was stopped, and tells nothing itself. */
export function isCancellation(error: unknown): boolean {
  return toWharfError(error).code === 'cancelled';
}
