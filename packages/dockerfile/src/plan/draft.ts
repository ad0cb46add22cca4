import type { ImageHistoryEntry, ImageRuntimeConfig } from '@wharf/core';
import { lookUpEnv, type Platform } from '@wharf/oci';
import type { Stage } from '../instruction/dockerfile.js';
import type { Instruction } from '../instruction/instruction.js';
import type { OpId } from './op.js';
import { placeOf } from './place.js';
import type { PlannedStage, Step } from './plan-types.js';
import { Scope } from './scope.js';

/** What an instruction does: members of the config, a file operation, and its line of the image's history. */
export interface Effect {
  readonly changes?: Partial<ImageRuntimeConfig>;
  readonly op?: OpId;
  /** ARG and ONBUILD of docker write one too; without it the instruction leaves no trace. */
  readonly history?: string;
  readonly author?: string;
}

/** Where a stage begins. */
export interface Beginning {
  readonly result: OpId;
  readonly config: ImageRuntimeConfig;
  readonly platform: Platform;
  readonly author: string;
  readonly args: ReadonlyMap<string, string | undefined>;
  readonly parent?: number;
  readonly base?: PlannedStage['base'];
  /** Whether the config is not known yet: what depends on it is not judged. */
  readonly unknown: boolean;
  readonly hasWorkdir: boolean;
}

const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A stage while its instructions are evaluated. */
export class Draft {
  readonly stage: Stage;
  readonly beginning: Beginning;
  readonly scope: Scope;
  config: ImageRuntimeConfig;
  result: OpId;
  author: string;
  /** CMD was given here, so that ENTRYPOINT leaves it. */
  hasCommand = false;
  /** An absolute WORKDIR was given in the file. */
  hasWorkdir: boolean;
  #variables = new Map<string, string | undefined>();
  readonly #history: Omit<ImageHistoryEntry, 'createdAt'>[] = [];
  readonly #steps: Step[] = [];

  constructor(stage: Stage, beginning: Beginning) {
    const { config } = beginning;
    const hasPath = lookUpEnv(config.env, 'PATH') !== undefined;
    this.stage = stage;
    this.beginning = beginning;
    this.config = {
      ...config,
      env: hasPath ? config.env : [...config.env, defaultPath],
      onBuild: [],
    };
    this.result = beginning.result;
    this.author = beginning.author;
    this.hasWorkdir = beginning.hasWorkdir;
    this.scope = new Scope(beginning.args, this.config.env);
  }

  get platform(): Platform {
    return this.beginning.platform;
  }

  /** Remembers a variable that the instruction looks at, before the instruction is applied. */
  look(name: string): void {
    this.#variables.set(name, this.scope.get(name));
  }

  apply(instruction: Instruction, effect: Effect, trigger: boolean): void {
    const { changes = {}, op, history, author } = effect;
    this.config = { ...this.config, ...changes };
    if (changes.env !== undefined) this.scope.setEnv(changes.env);
    if (op !== undefined) this.result = op;
    if (author !== undefined) this.author = author;
    if (history !== undefined) {
      this.#history.push({ createdBy: history, comment: '', emptyLayer: op === undefined });
    }
    const from = this.stage.from;
    this.#steps.push(
      Object.freeze({
        number: this.#steps.length + 1,
        text: instruction.text,
        ...placeOf(trigger ? from : instruction),
        trigger,
        ...(op === undefined ? {} : { op }),
        variables: this.#variables,
        changes: Object.freeze(changes),
      }),
    );
    this.#variables = new Map();
  }

  finish(): PlannedStage {
    const { stage, beginning } = this;
    return Object.freeze({
      index: stage.index,
      ...(stage.name === undefined ? {} : { name: stage.name }),
      platform: beginning.platform,
      result: this.result,
      config: Object.freeze(this.config),
      author: this.author,
      history: Object.freeze(this.#history),
      steps: Object.freeze(this.#steps),
      ...(beginning.parent === undefined ? {} : { parent: beginning.parent }),
      ...(beginning.base === undefined ? {} : { base: beginning.base }),
      from: placeOf(stage.from),
      args: new Map(this.scope.args),
    });
  }
}
