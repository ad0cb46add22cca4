import type { BuildSource } from '@wharf/core';
import { InternalError } from '@wharf/core';
import { shownAddress } from '../address.js';
import type { BuildsContext, Job } from '../context.js';
import type { LoadedContext } from '../contexts/load.js';
import { loadContext } from '../contexts/load.js';

/** A context stays so long behind its last build: the next one sends what has changed alone. */
const keptMs = 48 * 60 * 60 * 1000;

/** The contexts of one build, each loaded once, when it is asked for. */
export class BuildContexts {
  readonly #context: BuildsContext;
  readonly #job: Job;
  readonly #loads = new Map<string | undefined, Promise<LoadedContext>>();

  constructor(context: BuildsContext, job: Job) {
    this.#context = context;
    this.#job = job;
  }

  load(name: string | undefined): Promise<LoadedContext> {
    const known = this.#loads.get(name);
    if (known !== undefined) return known;
    const loading = this.#load(name, this.#sourceOf(name));
    loading.catch(() => undefined);
    this.#loads.set(name, loading);
    return loading;
  }

  #sourceOf(name: string | undefined): BuildSource | undefined {
    if (name === undefined) return this.#job.spec.context;
    const source = this.#job.spec.namedContexts.get(name);
    if (source === undefined) throw new InternalError(`there is no build context ${name}`);
    return source;
  }

  async #load(name: string | undefined, source: BuildSource | undefined): Promise<LoadedContext> {
    const { trees, treeUses, heldTrees, now } = this.#context;
    const { pins, signal, ends, spec, agent } = this.#job;
    const loaded =
      source === undefined
        ? { tree: (await trees.importFiles([], { signal })).digest }
        : await this.#shown(name, source, (report) => {
            const dockerfile = spec.dockerfilePath || 'Dockerfile';
            const asker = { spec, ...(agent === undefined ? {} : { agent }) };
            const request = { dockerfile, pins, report, ...asker };
            return loadContext(this.#context, source, request, { signal });
          });
    ends.use(treeUses.hold(loaded.tree));
    if (loaded.whole !== undefined) ends.use(treeUses.hold(loaded.whole));
    const place = `${spec.contextName}\n${name ?? ''}`;
    if (source !== undefined) heldTrees.hold(loaded.tree, now() + keptMs, place);
    return loaded;
  }

  /** What comes from the network is a step. */
  async #shown(
    name: string | undefined,
    source: BuildSource,
    load: (report: ReturnType<Job['recorder']['report']>) => Promise<LoadedContext>,
  ): Promise<LoadedContext> {
    const { recorder } = this.#job;
    if (source.kind === 'tree' || source.kind === 'archive') return load(silent);
    const what = 'url' in source ? shownAddress(source.url) : '';
    const shown = name === undefined ? `[internal] load ${what}` : `[context ${name}] load ${what}`;
    const id = recorder.add({ name: shown, stage: '', platform: '', inputs: [] });
    recorder.started(id);
    try {
      const loaded = await load(recorder.report(id));
      recorder.done(id, { cached: false });
      return loaded;
    } catch (error) {
      recorder.failed(id, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }
}

const silent = { log: () => undefined, progress: () => undefined };
