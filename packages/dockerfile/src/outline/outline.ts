import { Budget } from '../expand/budget.js';
import { expandWord } from '../expand/expand.js';
import type { Dockerfile, Stage } from '../instruction/dockerfile.js';
import type { Instruction } from '../instruction/instruction.js';
import type { ArgInstruction } from '../instruction/pairs.js';
import type { Op, RunOp } from '../plan/op.js';
import { planInTurns } from '../plan/plan.js';
import type { Plan, PlanOptions } from '../plan/plan-types.js';
import type { Range } from '../source/source.js';
import type { Word } from '../source/text.js';
import { atOnce, type Turns } from '../turns.js';
import { describe } from './description.js';

/** What a target can be given, for `build --call outline`. */
export interface Outline {
  readonly target: {
    readonly index: number;
    readonly name?: string;
    readonly description?: string;
  };
  readonly args: readonly OutlineArg[];
  readonly secrets: readonly OutlineMount[];
  readonly ssh: readonly OutlineMount[];
  /** Ids of its cache mounts. */
  readonly caches: readonly string[];
}

export interface OutlineArg {
  readonly name: string;
  readonly description?: string;
  /** As it would be; undefined when nothing sets it. */
  readonly value?: string;
  readonly range: Range;
}

export interface OutlineMount {
  readonly id: string;
  readonly required: boolean;
}

/** @throws DockerfileError where a plan would; base images that are not known are taken for empty */
export function outline(
  file: Dockerfile,
  options: Omit<PlanOptions, 'report' | 'unknownImages' | 'allStages'>,
): Outline {
  return atOnce(outlineInTurns(file, options));
}

/** As `outline`, instruction by instruction. */
export function* outlineInTurns(...[file, options]: Parameters<typeof outline>): Turns<Outline> {
  const planned = (yield* planInTurns(file, { ...options, unknownImages: 'assume' })) as Plan;
  yield;
  const { target } = planned;
  const from = file.stages[target.index]?.from;
  const description = from && describe(from.comments, from.name?.text);
  return Object.freeze({
    target: Object.freeze({
      index: target.index,
      ...(target.name === undefined ? {} : { name: target.name }),
      ...(description === undefined ? {} : { description }),
    }),
    args: Object.freeze(argsOf(file, planned, options)),
    ...mountsOf(planned.ops),
  });
}

function argsOf(file: Dockerfile, planned: Plan, options: PlanOptions): OutlineArg[] {
  const args = new Map<string, OutlineArg>();
  const wanted = new Set<string>();
  for (const { index, args: values } of planned.stages) {
    const stage = file.stages[index];
    if (stage === undefined) continue;
    for (const name of usedByFrom(stage)) wanted.add(name);
    for (const [at, name, value] of declarations(stage.instructions)) {
      if (value === undefined) wanted.add(name.text);
      args.set(name.text, toArg(at, name, values.get(name.text)));
    }
  }
  for (const [at, name, value] of declarations(file.globalArgs).reverse()) {
    if (!wanted.has(name.text)) continue;
    if (value !== undefined) for (const used of usedBy(value, at)) wanted.add(used);
    const known = args.get(name.text)?.value ?? options.buildArgs?.get(name.text) ?? value?.text;
    args.set(name.text, toArg(at, name, known));
  }
  return [...args.values()].sort((a, b) => a.range.start.line - b.range.start.line);
}

function declarations(
  instructions: readonly Instruction[],
): (readonly [ArgInstruction, Word, Word | undefined])[] {
  return instructions.flatMap((at) =>
    at.kind === 'arg' ? at.args.map(({ name, value }) => [at, name, value] as const) : [],
  );
}

function toArg(at: ArgInstruction, { text, range }: Word, value: string | undefined): OutlineArg {
  const description = describe(at.comments, text);
  return Object.freeze({
    name: text,
    ...(description === undefined ? {} : { description }),
    ...(value === undefined ? {} : { value }),
    range,
  });
}

function usedByFrom({ from }: Stage): string[] {
  const words = from.platform === undefined ? [from.image] : [from.image, from.platform];
  return words.flatMap((word) => usedBy(word, from));
}

/** The names in a word; a message of `${v?…}` is no matter here. */
function usedBy(word: Word, { source, escape }: Instruction): string[] {
  const lookUp = (): string => 'x';
  return [...expandWord(word, { source, escape, lookUp, budget: new Budget() }).used];
}

function mountsOf(ops: readonly Op[]): Pick<Outline, 'secrets' | 'ssh' | 'caches'> {
  const mounts = ops.filter((op): op is RunOp => op.kind === 'run').flatMap((op) => op.mounts);
  const caches = mounts.flatMap((mount) => (mount.type === 'cache' ? mount.id : []));
  const collect = (type: 'secret' | 'ssh'): readonly OutlineMount[] => {
    const found = new Map<string, OutlineMount>();
    for (const mount of mounts) {
      if (mount.type !== type) continue;
      const required = mount.required || found.get(mount.id)?.required === true;
      found.set(mount.id, Object.freeze({ id: mount.id, required }));
    }
    return Object.freeze([...found.values()]);
  };
  return {
    secrets: collect('secret'),
    ssh: collect('ssh'),
    caches: Object.freeze([...new Set(caches)]),
  };
}
