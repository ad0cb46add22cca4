import { atOnce } from '@wharf/dockerfile';
import type { Op, Place, PlannedStage, Step, Turns } from '@wharf/dockerfile';
import { formatPlatform } from '@wharf/oci';
import { shownAddress, shownInstruction } from '../address.js';
import type { Definition } from '../cache/records.js';
import type { StepVariable } from '../cache/stored-inputs.js';
import type { BuildGraph, GraphNode, PlatformPlan } from './graph.js';

/** What people are told of a node, and by what it is found again. */
export interface NodeDescription {
  /** `[stage 2/5] RUN make`; empty for what is not shown. */
  readonly name: string;
  /** Name or number of its stage; empty for what is of none. */
  readonly stage: string;
  readonly platform: string;
  readonly definition: Definition;
  readonly variables: readonly StepVariable[];
  /** Where it stands in a file; of a source, where it is used first. */
  readonly place?: Place;
  /** Variables that no step before it in the stage looked at. */
  readonly firstUses: ReadonlySet<string>;
}

export interface DescribeOptions {
  readonly plans: readonly PlatformPlan[];
  readonly graph: BuildGraph;
  /** The context and Dockerfile as people name them. */
  readonly place: string;
}

/** By the ids of nodes. */
export function describeNodes(options: DescribeOptions): readonly NodeDescription[] {
  return atOnce(describeNodesInTurns(options));
}

/** As `describeNodes`, step by step. */
export function* describeNodesInTurns(options: DescribeOptions): Turns<readonly NodeDescription[]> {
  const found = new Map<number, NodeDescription>();
  const places = yield* placesOfSources(options);
  for (const [index, { plan }] of options.plans.entries())
    for (const stage of plan.stages) yield* describeStage(options, index, stage, found);
  const all: NodeDescription[] = [];
  for (const node of options.graph.nodes) {
    yield;
    const described = found.get(node.id) ?? describeSource(options, node, undefined);
    const place = described.place ?? places.get(node.id);
    all.push(place === undefined ? described : { ...described, place });
  }
  return all;
}

/** By node, of the first instruction that uses it. */
function* placesOfSources({ plans, graph }: DescribeOptions): Turns<ReadonlyMap<number, Place>> {
  const places = new Map<number, Place>();
  for (const [index, { plan }] of plans.entries())
    for (const stage of plan.stages)
      for (const { op, file, range } of stage.steps) {
        yield;
        const node = op === undefined ? undefined : graph.find(index, op);
        for (const input of graph.nodes[node ?? -1]?.inputs ?? [])
          if (!places.has(input)) places.set(input, { file, range });
      }
  return places;
}

function* describeStage(
  options: DescribeOptions,
  index: number,
  stage: PlannedStage,
  found: Map<number, NodeDescription>,
): Turns<void> {
  const { plan } = options.plans[index] as PlatformPlan;
  const node = (op: number | undefined): number | undefined =>
    op === undefined ? undefined : options.graph.find(index, op);
  const base = stage.parent === undefined ? node(bottomOf(plan.ops, stage.result)) : undefined;
  const baseNode = base === undefined ? undefined : options.graph.nodes[base];
  const shown = stage.steps.filter((step) => step.op !== undefined);
  const first = baseNode?.op.kind === 'image' ? 1 : 0;
  const count = shown.length + first;
  const label = stageLabel(options, stage, plan.stages.length);
  if (base !== undefined && baseNode !== undefined && first === 1 && !found.has(base)) {
    const described = describeSource(options, baseNode, stage);
    const name = `[${label}1/${count}] ${described.definition.text}`;
    found.set(base, { ...described, name, stage: stageName(stage), place: stage.from });
  }
  const seen = new Set<string>();
  for (const [at, step] of shown.entries()) {
    yield;
    const id = node(step.op);
    const own = new Set([...step.variables.keys()].filter((name) => !seen.has(name)));
    for (const name of step.variables.keys()) seen.add(name);
    if (id === undefined || found.has(id)) continue;
    const platform = formatPlatform(stage.platform);
    const text = shownInstruction(step.text);
    const number = at + 1 + first;
    found.set(id, {
      name: `[${label}${number}/${count}] ${text}`,
      stage: stageName(stage),
      platform,
      definition: {
        op: options.graph.nodes[id]?.op.kind ?? '',
        place: options.place,
        stage: stageName(stage),
        number,
        text,
        platform,
      },
      variables: variablesOf(step, stage),
      place: { file: step.file, range: step.range },
      firstUses: own,
    });
  }
}

function variablesOf(step: Step, stage: PlannedStage): readonly StepVariable[] {
  return [...step.variables].map(([name, value]) => ({
    kind: stage.args.has(name) ? 'ARG' : 'ENV',
    name,
    ...(value === undefined ? {} : { value }),
  }));
}

function describeSource(
  { place }: DescribeOptions,
  { op }: GraphNode,
  stage: PlannedStage | undefined,
): NodeDescription {
  const text = sourceText(op);
  const platform = op.kind === 'image' ? formatPlatform(op.platform) : '';
  return {
    name: op.kind === 'scratch' || op.kind === 'files' ? '' : text,
    stage: '',
    platform,
    definition: {
      op: op.kind,
      place,
      stage: stage === undefined ? '' : stageName(stage),
      number: 0,
      text,
      platform,
    },
    variables: [],
    firstUses: new Set(),
  };
}

function sourceText(op: Op): string {
  switch (op.kind) {
    case 'image':
      return `FROM ${op.reference}`;
    case 'context':
      return op.name === undefined
        ? '[internal] load build context'
        : `[context ${op.name}] load files`;
    case 'http':
      return shownAddress(op.url);
    case 'git':
      return shownAddress(op.ref === undefined ? op.remote : `${op.remote}#${op.ref}`);
    case 'scratch':
    case 'files':
      return op.kind;
    default:
      return op.kind.toUpperCase();
  }
}

/** What the file system of an operation begins with. */
function bottomOf(ops: readonly Op[], result: number): number {
  let id = result;
  for (let op = ops[id]; op !== undefined && 'base' in op; op = ops[id]) id = op.base;
  return id;
}

function stageName({ name, index }: PlannedStage): string {
  return name ?? String(index);
}

/** `build ` where there are several stages or it has a name, and before it the platform where there are several. */
function stageLabel({ plans }: DescribeOptions, stage: PlannedStage, stages: number): string {
  const platform = plans.length > 1 ? `${formatPlatform(stage.platform)} ` : '';
  const name = stage.name ?? (stages > 1 ? `stage-${stage.index}` : '');
  return name === '' ? platform : `${platform}${name} `;
}
