import type { CacheInput, CallOptions } from '@wharf/core';
import { toWharfError } from '@wharf/core';
import type { Op } from '@wharf/dockerfile';
import { Flights } from '../../concurrency/flights.js';
import type { CacheEntries, Definition } from '../cache/records.js';
import type { StepVariable } from '../cache/stored-inputs.js';
import type { OpContext, OpExecutor, OpExecutors, OpReport, OpResult } from '../executor.js';
import { SharedReport } from './shared-report.js';

/** One operation of one build, with its key. */
export interface Execution {
  readonly op: Op;
  readonly key: string;
  readonly inputs: readonly CacheInput[];
  readonly variables: readonly StepVariable[];
  readonly definition: Definition;
  readonly description: string;
  /** Executed again, whatever other builds do, when it is not empty. */
  readonly apart: string;
  /** Whether others may use the result. */
  readonly record: boolean;
  /** Everything but what an execution that several wait for has of its own. */
  readonly context: Omit<OpContext, 'signal' | 'report'>;
  readonly report: OpReport;
  /** Resolves when one more may run. */
  readonly place: (options: CallOptions) => Promise<AsyncDisposable>;
  /** Called when it begins to run, by whoever waits. */
  readonly onStart: () => void;
}

export interface Outcome {
  readonly result: OpResult;
  /** Recorded by another build between the look and the execution. */
  readonly cached: boolean;
}

export interface ExecutionsDependencies {
  readonly executors: OpExecutors;
  readonly entries: CacheEntries;
  /** What a record says beside the result. */
  readonly measure: (
    execution: Execution,
    result: OpResult,
  ) => Promise<{ readonly size: number; readonly roots: readonly string[] }>;
}

/** Executes what is not in the cache; what several builds want at the same time, once. */
export class Executions {
  readonly #deps: ExecutionsDependencies;
  readonly #flights = new Flights<Outcome>();
  readonly #reports = new Map<string, SharedReport>();

  constructor(deps: ExecutionsDependencies) {
    this.#deps = deps;
  }

  /** A cancelled build leaves; the others go on with the work, or begin it again where it was his. */
  async run(execution: Execution, { signal }: CallOptions): Promise<Outcome> {
    const key = `${execution.key}${execution.apart}`;
    for (;;) {
      signal.throwIfAborted();
      const shared = this.#reports.get(key) ?? new SharedReport();
      this.#reports.set(key, shared);
      using _ = shared.listen(execution.report);
      let mine = false;
      try {
        return await this.#flights.join(key, { signal }, (flight) => {
          mine = true;
          return this.#execute(execution, shared, flight).finally(() => {
            if (this.#reports.get(key) === shared) this.#reports.delete(key);
          });
        });
      } catch (error) {
        if (mine || signal.aborted || toWharfError(error).code !== 'cancelled') throw error;
      }
    }
  }

  async #execute(
    execution: Execution,
    report: SharedReport,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { op, key, apart, record } = execution;
    const context: OpContext = { ...execution.context, signal, report };
    const executor = executorOf(this.#deps.executors, op);
    await using _ = await execution.place({ signal });
    if (apart === '') {
      const found = this.#deps.entries.find(key);
      if (found !== undefined && (await executor.isHere(found.result, context)))
        return { result: found.result, cached: true };
    }
    execution.onStart();
    const result = await executor.execute(op, context);
    if (record) await this.record(execution, result);
    return { result, cached: false };
  }

  /** Makes a result one of the cache. */
  async record(execution: Execution, result: OpResult): Promise<void> {
    const { key, op, inputs, variables, definition, description } = execution;
    const measured = await this.#deps.measure(execution, result);
    const kind = result.kind === 'tree' ? 'tree' : op.kind === 'image' ? 'image' : 'layer';
    this.#deps.entries.put({
      key,
      kind,
      result,
      inputs: { inputs, variables },
      description,
      definition,
      ...measured,
    });
  }
}

/** The executor that takes operations of that kind. */
export function executorOf(executors: OpExecutors, op: Op): OpExecutor<Op> {
  return executors[op.kind] as unknown as OpExecutor<Op>;
}
