import { InvalidArgumentError, type BuildWarning, type CallOptions } from '@wharf/core';
import {
  checkInTurns,
  excerpt,
  type BaseImage,
  type CheckResult,
  type Dockerfile,
  type Finding,
  type PlanOptions,
  type Turns,
} from '@wharf/dockerfile';
import { inTurns } from '../../concurrency/pace.js';
import type { PlatformPlan } from '../solve/graph.js';

/** What checks find, and build arguments that nothing declares. @throws InvalidArgumentError where the file wants findings to fail it */
export async function buildWarnings(
  file: Dockerfile,
  options: PlanOptions & { readonly images: ReadonlyMap<string, BaseImage> },
  plans: readonly PlatformPlan[],
  call: CallOptions,
): Promise<readonly BuildWarning[]> {
  const checked = await inTurns(checkInTurns(file, options), call);
  const found = await inTurns(warningsOf(checked.findings), call);
  const warnings = [...found, ...unusedArguments(plans)];
  if (checked.failing)
    throw new InvalidArgumentError(
      `the checks of the Dockerfile have found ${countOf(checked)}, and it says check=error=true`,
      { facts: { findings: checked.findings.map(({ message }) => message).join('\n') } },
    );
  return warnings;
}

/** Finding by finding, each with its lines. */
export function* warningsOf(findings: readonly Finding[]): Turns<readonly BuildWarning[]> {
  const warnings: BuildWarning[] = [];
  for (const finding of findings) {
    yield;
    warnings.push(toWarning(finding));
  }
  return warnings;
}

function toWarning({ rule, message, source, range }: Finding): BuildWarning {
  return {
    rule,
    message,
    detail: '',
    url: `https://docs.docker.com/go/dockerfile/rule/${kebab(rule)}/`,
    place: {
      file: source.name,
      firstLine: range.start.line,
      lastLine: range.end.line,
      excerpt: excerpt(source, range),
    },
  };
}

function unusedArguments(plans: readonly PlatformPlan[]): readonly BuildWarning[] {
  const unused = plans.map(({ plan }) => plan.unusedArgs);
  const [first = [], ...others] = unused;
  const names = first.filter((name) => others.every((other) => other.includes(name)));
  if (names.length === 0) return [];
  const message = `[Warning] One or more build-args [${names.join(' ')}] were not consumed`;
  return [{ rule: '', message, detail: '', url: '' }];
}

function countOf({ findings }: CheckResult): string {
  return findings.length === 1 ? 'a problem' : `${findings.length} problems`;
}

/** `JSONArgsRecommended` is `json-args-recommended`. */
function kebab(rule: string): string {
  return rule
    .replaceAll(/([a-z])([A-Z])/g, '$1-$2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
}
