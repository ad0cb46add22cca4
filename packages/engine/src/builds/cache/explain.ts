import type { CacheInput, InputChange } from '@wharf/core';
import type { StepVariable, StoredInputs } from './stored-inputs.js';

/** What is told of the step whose inputs are compared. */
export interface ExplainedStep {
  /** As written, `COPY src /app`. */
  readonly text: string;
  /** Whether no step before it looked at the variable. */
  readonly isFirstUse: (variable: string) => boolean;
}

/** So many are told; who has changed everything need not read all of it. */
const maxChanges = 20;

/** The most telling first: what people write themselves, then what they copy, then what surrounds it. */
const order: readonly string[] = [
  'command',
  'script',
  'argument',
  'environment',
  'path',
  'destination',
  'file',
  'content',
  'url',
  'commit',
  'checksum',
  'base',
  'image',
  'mount',
  'workdir',
  'user',
  'owner',
  'mode',
  'exclude',
  'network',
  'security',
  'device',
  'platform',
  'epoch',
];

/** What differs between two sets of inputs of one step, the most telling first. */
export function inputChanges(
  before: StoredInputs,
  after: StoredInputs,
  step: ExplainedStep,
): readonly InputChange[] {
  const variables = variableChanges(before.variables, after.variables, step);
  const told = new Set(variables.map(({ name }) => name));
  const others = differences(before.inputs, after.inputs)
    .filter(({ kind, name }) => !(isVariable(kind) && told.has(name)))
    .map((change) => ({ ...change, text: describe(change, step) }));
  const all = [...variables, ...others].sort((a, b) => rank(a.kind) - rank(b.kind));
  return withoutSummaries(all).slice(0, maxChanges);
}

type Difference = Omit<InputChange, 'text'>;

function variableChanges(
  before: readonly StepVariable[],
  after: readonly StepVariable[],
  { isFirstUse }: ExplainedStep,
): InputChange[] {
  const old = new Map(before.map((variable) => [variable.name, variable]));
  const names = new Map([...old, ...after.map((variable) => [variable.name, variable] as const)]);
  const current = new Map(after.map((variable) => [variable.name, variable]));
  return [...names.values()].flatMap(({ kind, name }): InputChange[] => {
    const [was, is] = [old.get(name)?.value, current.get(name)?.value];
    if (was === is) return [];
    const text = `${kind} ${name} ${quoted(was)} -> ${quoted(is)}${isFirstUse(name) ? ', first used here' : ''}`;
    return [{ kind: kind === 'ARG' ? 'argument' : 'environment', name, ...pair(was, is), text }];
  });
}

/** Inputs by kind and name; where there are several of one name, by their place among them. */
function differences(
  before: readonly CacheInput[],
  after: readonly CacheInput[],
): readonly Difference[] {
  const [old, current] = [numbered(before), numbered(after)];
  const all = new Map([...current, ...old]);
  return [...all].flatMap(([id, { kind, name }]) => {
    const [was, is] = [old.get(id)?.value, current.get(id)?.value];
    return was === is ? [] : [{ kind, name, ...pair(was, is) }];
  });
}

function numbered(inputs: readonly CacheInput[]): ReadonlyMap<string, CacheInput> {
  const counts = new Map<string, number>();
  const found = new Map<string, CacheInput>();
  for (const input of inputs) {
    const id = `${input.kind}\0${input.name}`;
    const count = counts.get(id) ?? 0;
    counts.set(id, count + 1);
    found.set(`${id}\0${count}`, input);
  }
  return found;
}

function pair(
  before: string | undefined,
  after: string | undefined,
): { readonly before?: string; readonly after?: string } {
  return {
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

/** A digest over all files of a source says nothing beside the files themselves. */
function withoutSummaries(changes: readonly InputChange[]): readonly InputChange[] {
  const hasFiles = changes.some(({ kind }) => kind === 'file');
  return hasFiles ? changes.filter(({ kind }) => kind !== 'content') : changes;
}

function isVariable(kind: string): boolean {
  return kind === 'argument' || kind === 'environment';
}

function rank(kind: string): number {
  const at = order.indexOf(kind);
  return at < 0 ? order.length : at;
}

function describe({ kind, name, before, after }: Difference, { text }: ExplainedStep): string {
  if (kind === 'file') return `${words(text)}: ${name} ${fileChange(before, after)}`;
  const what = name === '' ? kind : `${kind} ${name}`;
  if (before === undefined) return `${what} ${shown(after)} added`;
  if (after === undefined) return `${what} ${shown(before)} removed`;
  return `${what} ${shown(before)} -> ${shown(after)}`;
}

function fileChange(before: string | undefined, after: string | undefined): string {
  if (before === undefined) return 'added';
  if (after === undefined) return 'removed';
  return isDigest(before) && isDigest(after)
    ? `sha256 ${short(before)} -> ${short(after)}`
    : `${shown(before)} -> ${shown(after)}`;
}

const maxShown = 80;
const shortHex = 12;

function isDigest(value: string): boolean {
  return value.startsWith('sha256:');
}

function short(digest: string): string {
  return `${digest.slice('sha256:'.length, 'sha256:'.length + shortHex)}…`;
}

function shown(value: string | undefined): string {
  if (value === undefined) return 'nothing';
  return isDigest(value) && !value.includes(' ') ? `sha256 ${short(value)}` : quoted(value);
}

function quoted(value: string | undefined): string {
  if (value === undefined) return 'unset';
  const cut = value.length > maxShown ? `${value.slice(0, maxShown)}…` : value;
  return JSON.stringify(cut);
}

/** The instruction and its sources, as far as one line has room for it. */
function words(text: string): string {
  const parts = text.split(' ');
  const head = parts.length > 2 ? parts.slice(0, -1).join(' ') : text;
  return head.length > maxShown ? `${head.slice(0, maxShown)}…` : head;
}
