import { isHook, type Ruleset, type RulesetSet } from './ruleset.js';

/**
 * The whole table anew, in one transaction: whatever was there goes, and there is no moment without it. What was learned
 * of sets with timeouts stays in those that there still are.
 */
export function fullScript(
  ruleset: Ruleset,
  learned: ReadonlyMap<string, readonly string[]> = new Map(),
): string {
  const { table } = ruleset;
  const lines = [`add table inet ${table}`, `delete table inet ${table}`, `table inet ${table} {`];
  for (const [name, set] of ruleset.sets) {
    lines.push(`${set.kind} ${name} {`, set.definition);
    const filled = set.definition.includes('timeout') ? (learned.get(name) ?? []) : [];
    if (set.elements.size > 0) lines.push(`elements = { ${elementList(set.elements)} };`);
    else if (filled.length > 0) lines.push(`elements = { ${filled.join(', ')} };`);
    lines.push('}');
  }
  for (const [name, rules] of ordered(ruleset)) lines.push(`chain ${name} {`, ...rules, '}');
  lines.push('}', '');
  return lines.join('\n');
}

/** From one table to another; '' when they are the same. */
export function changeScript(before: Ruleset, after: Ruleset): string {
  const at = `inet ${after.table}`;
  const early: string[] = [];
  const late: string[] = [];
  for (const [name, set] of after.sets) {
    const old = before.sets.get(name);
    if (old === undefined) early.push(`add ${set.kind} ${at} ${name} { ${set.definition} }`);
    const gone = old === undefined ? [] : difference(old.elements, set.elements);
    const come = old === undefined ? [...set.elements] : difference(set.elements, old.elements);
    if (gone.length > 0)
      early.push(`delete element ${at} ${name} { ${elementList(new Map(gone))} }`);
    if (come.length > 0) late.push(`add element ${at} ${name} { ${elementList(new Map(come))} }`);
  }
  const added: string[] = [];
  const rules: string[] = [];
  for (const [name, lines] of ordered(after)) {
    const old = before.chains.get(name);
    if (old !== undefined && same(old, lines)) continue;
    added.push(old === undefined ? `add chain ${at} ${name}` : `flush chain ${at} ${name}`);
    for (const line of lines) if (!isHook(line)) rules.push(`add rule ${at} ${name} ${line}`);
  }
  const removed = [
    ...missing(before.chains, after.chains).map((name) => [
      `flush chain ${at} ${name}`,
      `delete chain ${at} ${name}`,
    ]),
    ...missing(before.sets, after.sets).map((name) => [
      `delete ${before.sets.get(name)?.kind ?? 'set'} ${at} ${name}`,
    ]),
  ].flat();
  const lines = [...early, ...added, ...rules, ...late, ...removed];
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** Chains that others jump to stand before those that jump. */
function ordered({ chains }: Ruleset): readonly (readonly [string, readonly string[]])[] {
  const rank = (name: string): number => (name.startsWith('policy_') ? 0 : 1);
  return [...chains].sort(([a], [b]) => rank(a) - rank(b));
}

function elementList(elements: RulesetSet['elements']): string {
  return [...elements].map(([key, value]) => (value === '' ? key : `${key} : ${value}`)).join(', ');
}

function difference(
  from: RulesetSet['elements'],
  other: RulesetSet['elements'],
): readonly (readonly [string, string])[] {
  return [...from].filter(([key, value]) => other.get(key) !== value);
}

function missing<T>(from: ReadonlyMap<string, T>, other: ReadonlyMap<string, T>): string[] {
  return [...from.keys()].filter((name) => !other.has(name));
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index]);
}
