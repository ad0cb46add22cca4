import {
  canonical,
  formatPlatform,
  parseReference,
  withDefaultTag,
  type Platform,
} from '@wharf/oci';
import { DockerfileError } from '../error.js';
import type { Dockerfile, Stage } from '../instruction/dockerfile.js';
import type { Instruction } from '../instruction/instruction.js';
import type { Word } from '../source/text.js';
import { suggest } from '../suggest.js';
import type { Evaluation } from './evaluation.js';
import type { PlanOptions } from './plan-types.js';

/** What a name in FROM, --from or a mount means. */
export type Origin =
  | { readonly kind: 'scratch' }
  | { readonly kind: 'stage'; readonly stage: Stage }
  | { readonly kind: 'files'; readonly context: string }
  | { readonly kind: 'image'; readonly reference: string };

/** The key of an image for one platform in `PlanOptions.images`. */
export function imageKey(reference: string, platform: Platform): string {
  return `${reference} ${formatPlatform(platform)}`;
}

/** Finds what names mean: stages first, then named contexts, then images. A stage is known to those after it. */
export class Names {
  readonly #file: Dockerfile;
  readonly #options: PlanOptions;

  constructor(file: Dockerfile, options: PlanOptions) {
    this.#file = file;
    this.#options = options;
  }

  /** @throws DockerfileError for an option that names no stage */
  target(): Stage {
    const { target } = this.#options;
    const { stages, source } = this.#file;
    const last = stages.at(-1);
    const found = target === undefined ? last : (this.#named(target) ?? this.#numbered(target));
    if (found !== undefined) return found;
    throw new DockerfileError(`there is no stage ${JSON.stringify(target ?? '')} to build`, {
      source,
      range: (last?.from ?? { range: source.range(0, 0) }).range,
      suggestion: suggest(target ?? '', this.#stageNames()),
    });
  }

  /** The named context that stands for all of a stage because it has the stage's name. */
  replacement(stage: Stage): Origin | undefined {
    return stage.name === undefined ? undefined : this.#context(stage.name, stage);
  }

  /** What FROM means in a stage. */
  base(word: Word, stage: Stage, evaluation: Evaluation): Origin {
    const earlier = this.#named(word.text, stage.index);
    if (earlier !== undefined) return { kind: 'stage', stage: earlier };
    return this.#other(word, stage, stage.from, evaluation);
  }

  /** What --from means: a number is a stage too. */
  input(word: Word, stage: Stage, at: Instruction, evaluation: Evaluation): Origin {
    if (word.text === '') throw refuse('--from is empty', word, at);
    const found = this.#named(word.text, stage.index) ?? this.#numbered(word.text);
    if (found !== undefined && found.index < stage.index) return { kind: 'stage', stage: found };
    const later = found ?? this.#named(word.text);
    if (later !== undefined) {
      const where = later.index === stage.index ? 'is this stage itself' : 'comes after this one';
      throw refuse(`the stage ${word.text} ${where}: name one before`, word, at);
    }
    if (isNumber(word.text)) throw refuse(`there is no stage ${word.text}`, word, at);
    return this.#other(word, stage, at, evaluation);
  }

  #other(word: Word, stage: Stage, at: Instruction, evaluation: Evaluation): Origin {
    if (word.text === 'scratch') return { kind: 'scratch' };
    const context = this.#context(word.text, stage);
    if (context !== undefined) return context;
    const reference = this.#reference(word, at, evaluation);
    return this.#context(reference, stage) ?? { kind: 'image', reference };
  }

  #reference(word: Word, at: Instruction, evaluation: Evaluation): string {
    return evaluation.checked(at, word.range, () =>
      canonical(withDefaultTag(parseReference(word.text))),
    );
  }

  #context(name: string, stage: Stage): Origin | undefined {
    const context = this.#contextNamed(name);
    if (context?.kind === 'image') return { kind: 'image', reference: context.reference };
    if (context?.kind === 'files') return { kind: 'files', context: name };
    const target = context && this.#named(context.stage, stage.index);
    return target && { kind: 'stage', stage: target };
  }

  /** The context of a name, which may be written in short or in full. */
  #contextNamed(name: string) {
    for (const [key, context] of this.#options.contexts ?? []) {
      if (key === name || fullName(key) === name) return context;
    }
    return undefined;
  }

  /** The last stage of a name that comes before a number. */
  #named(text: string, before = Infinity): Stage | undefined {
    const name = text.toLowerCase();
    return this.#file.stages.findLast((stage) => stage.name === name && stage.index < before);
  }

  #numbered(text: string): Stage | undefined {
    return isNumber(text) ? this.#file.stages[Number(text)] : undefined;
  }

  #stageNames(): readonly string[] {
    return this.#file.stages.flatMap(({ name }) => name ?? []);
  }
}

function fullName(text: string): string | undefined {
  try {
    return canonical(withDefaultTag(parseReference(text)));
  } catch {
    return undefined;
  }
}

function isNumber(text: string): boolean {
  return text.length > 0 && text.length < 7 && [...text].every((c) => c >= '0' && c <= '9');
}

function refuse(problem: string, { range }: Word, { source }: Instruction): DockerfileError {
  return new DockerfileError(problem, { source, range });
}
