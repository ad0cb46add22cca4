import { InternalError } from '@wharf/core';
import { formatPlatform, type Platform } from '@wharf/oci';
import { DockerfileError } from '../error.js';
import type { Dockerfile, Stage } from '../instruction/dockerfile.js';
import type { Instruction } from '../instruction/instruction.js';
import { atOnce, type Turns } from '../turns.js';
import { isProxyArgument, platformArguments } from './arguments.js';
import { baseName, beginEmpty, beginScratch, platformOf } from './beginning.js';
import { Draft, type Beginning } from './draft.js';
import { Evaluation } from './evaluation.js';
import { evaluateGlobals, type Globals } from './globals.js';
import { imageKey, Names, type Origin } from './names.js';
import type { OpId } from './op.js';
import { placeOf } from './place.js';
import type { ImageRequest, ImagesNeeded, Plan, PlannedStage, PlanOptions } from './plan-types.js';
import { evaluate } from './steps/step.js';
import { readTriggers } from './triggers.js';

/**
 * The third stage: evaluates a Dockerfile into the operations that its target needs. Nothing that the target does not need is
 * looked at.
 * @returns what base images it must know; call again with those in `images`, which may name further ones by ONBUILD
 * @throws DockerfileError
 */
export function plan(file: Dockerfile, options: PlanOptions): Plan | ImagesNeeded {
  return atOnce(planInTurns(file, options));
}

/** As `plan`, instruction by instruction. */
export function planInTurns(file: Dockerfile, options: PlanOptions): Turns<Plan | ImagesNeeded> {
  return new Planner(file, options).plan();
}

/** An instruction needs a stage that is not evaluated yet: it is evaluated again behind that. */
class StageNeeded extends InternalError {
  readonly stage: Stage;

  constructor(stage: Stage) {
    super(`stage ${stage.index} is needed before it is there`);
    this.stage = stage;
  }
}

interface Begun {
  readonly beginning: Beginning;
  readonly triggers: readonly string[];
}

class Planner {
  readonly #file: Dockerfile;
  readonly #names: Names;
  readonly #evaluation: Evaluation;
  readonly #drafts = new Map<Stage, Draft>();
  readonly #needs = new Map<string, ImageRequest>();
  #globals: Globals = new Map();

  constructor(file: Dockerfile, options: PlanOptions) {
    this.#file = file;
    this.#names = new Names(file, options);
    // as in BuildKit an image of --from is for the target, also in a stage that is for the build platform
    const target = options.targetPlatform ?? options.buildPlatform;
    this.#evaluation = new Evaluation(options, (word, { stage }, at) => {
      const origin = this.#names.input(word, stage, at, this.#evaluation);
      return this.#inputOf(origin, target);
    });
  }

  *plan(): Turns<Plan | ImagesNeeded> {
    try {
      this.#globals = evaluateGlobals(this.#file, this.#evaluation);
      const target = this.#names.target();
      if (this.#evaluation.options.allStages)
        for (const stage of this.#file.stages) yield* this.#draft(stage);
      const draft = yield* this.#draft(target);
      return this.#needs.size > 0 ? this.#needed() : this.#finish(draft);
    } catch (error) {
      // what is wrong with variables may be right once the images are known
      if (error instanceof DockerfileError && this.#needs.size > 0) return this.#needed();
      throw error;
    }
  }

  #needed(): ImagesNeeded {
    return { kind: 'needs', images: Object.freeze([...this.#needs.values()]) };
  }

  #finish(target: Draft): Plan {
    const stages = new Map([...this.#drafts.values()].map((draft) => [draft, draft.finish()]));
    return Object.freeze({
      kind: 'plan',
      ops: Object.freeze(this.#evaluation.graph.ops),
      stages: Object.freeze([...stages.values()]),
      target: stages.get(target) as PlannedStage,
      contextPaths: this.#evaluation.contextPaths,
      unusedArgs: this.#unusedArgs(),
    });
  }

  /** A stage, evaluated once, after those that it needs. */
  *#draft(stage: Stage): Turns<Draft> {
    const known = this.#drafts.get(stage);
    if (known !== undefined) return known;
    const replacement = this.#names.replacement(stage);
    const { beginning, triggers } = yield* this.#begin(stage, replacement);
    this.#evaluation.spend(stage.from, beginning.args.size + beginning.config.env.length);
    const draft = new Draft(stage, beginning);
    if (replacement === undefined) yield* this.#evaluate(draft, triggers);
    this.#drafts.set(stage, draft);
    return draft;
  }

  *#evaluate(draft: Draft, triggers: readonly string[]): Turns<void> {
    const { stage } = draft;
    for (const at of readTriggers(triggers, stage)) yield* this.#apply(draft, at, true);
    for (const at of stage.instructions) yield* this.#apply(draft, at, false);
  }

  *#apply(draft: Draft, at: Instruction, triggered: boolean): Turns<void> {
    yield;
    for (;;) {
      try {
        const effect = evaluate(at, draft, this.#evaluation, this.#globals);
        draft.apply(at, effect, triggered);
        return;
      } catch (error) {
        if (!(error instanceof StageNeeded)) throw error;
        yield* this.#draft(error.stage);
      }
    }
  }

  *#begin(stage: Stage, replacement: Origin | undefined): Turns<Begun> {
    const platform = platformOf(stage, this.#evaluation, this.#globals);
    const origin = replacement ?? this.#base(stage);
    if (origin.kind === 'stage') return this.#onStage(yield* this.#draft(origin.stage));
    if (origin.kind === 'image') return this.#onImage(origin.reference, platform, stage);
    return { beginning: beginScratch(this.#inputOf(origin, platform), platform), triggers: [] };
  }

  #base(stage: Stage): Origin {
    const word = baseName(stage, this.#evaluation, this.#globals);
    return this.#names.base(word, stage, this.#evaluation);
  }

  #onStage({ stage, result, config, platform, author, scope, beginning, hasWorkdir }: Draft) {
    const { base, unknown } = beginning;
    return {
      beginning: {
        result,
        config,
        platform,
        author,
        args: scope.args,
        parent: stage.index,
        ...(base === undefined ? {} : { base }),
        unknown,
        hasWorkdir,
      },
      triggers: config.onBuild,
    };
  }

  #onImage(reference: string, platform: Platform, stage: Stage) {
    const key = imageKey(reference, platform);
    const image = this.#evaluation.options.images?.get(key);
    const digest = image?.digest;
    const found = digest === undefined ? {} : { digest };
    if (image !== undefined) this.#checkPlatform(image.platform, platform, stage);
    else if (this.#evaluation.options.unknownImages !== 'assume') {
      const place = placeOf(stage.from);
      if (!this.#needs.has(key))
        this.#needs.set(key, Object.freeze({ key, reference, platform, place }));
    }
    const result = this.#evaluation.graph.source({
      kind: 'image',
      inputs: [],
      reference,
      platform,
      ...found,
    });
    const empty = beginEmpty(result, platform, image === undefined);
    const base = Object.freeze({ reference, ...found });
    return {
      beginning: { ...empty, base, config: image?.config ?? empty.config },
      triggers: image?.config.onBuild ?? [],
    };
  }

  #inputOf(origin: Origin, platform: Platform): OpId {
    const { graph } = this.#evaluation;
    switch (origin.kind) {
      case 'scratch':
        return graph.source({ kind: 'scratch', inputs: [] });
      case 'files':
        return graph.source({ kind: 'context', inputs: [], name: origin.context });
      case 'image':
        return this.#imageInput(origin.reference, platform);
      case 'stage': {
        const draft = this.#drafts.get(origin.stage);
        if (draft === undefined) throw new StageNeeded(origin.stage);
        return draft.result;
      }
    }
  }

  /** Files alone are taken: the image's config need not be known. */
  #imageInput(reference: string, platform: Platform): OpId {
    const digest = this.#evaluation.options.images?.get(imageKey(reference, platform))?.digest;
    return this.#evaluation.graph.source({
      kind: 'image',
      inputs: [],
      reference,
      platform,
      ...(digest === undefined ? {} : { digest }),
    });
  }

  #checkPlatform(actual: Platform, wanted: Platform, stage: Stage): void {
    if (actual.os === wanted.os && actual.architecture === wanted.architecture) return;
    this.#evaluation.report(
      'InvalidBaseImagePlatform',
      stage.from,
      `${stage.from.image.text} is for ${formatPlatform(actual)}, wanted is ${formatPlatform(wanted)}`,
    );
  }

  #unusedArgs(): readonly string[] {
    const { options } = this.#evaluation;
    const declared = new Set<string>(platformArguments(options).keys());
    for (const { args } of this.#file.globalArgs)
      for (const { name } of args) declared.add(name.text);
    for (const { instructions } of this.#file.stages) {
      for (const at of instructions) {
        if (at.kind === 'arg') for (const { name } of at.args) declared.add(name.text);
      }
    }
    for (const { scope } of this.#drafts.values())
      for (const name of scope.args.keys()) declared.add(name);
    const given = [...(options.buildArgs?.keys() ?? [])];
    return Object.freeze(given.filter((name) => !declared.has(name) && !isKnown(name)).sort());
  }
}

/** Build arguments that mean something without being declared. */
function isKnown(name: string): boolean {
  return isProxyArgument(name) || name === 'SOURCE_DATE_EPOCH' || name.startsWith('BUILDKIT_');
}
