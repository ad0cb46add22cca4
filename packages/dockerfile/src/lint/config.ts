import { cut } from '../chars.js';
import { DockerfileError } from '../error.js';
import type { Dockerfile } from '../instruction/dockerfile.js';
import type { Instruction } from '../instruction/instruction.js';
import type { RuleName } from './finding.js';

/** What `# check=skip=A,B;error=true;experimental=all` says. */
export interface CheckConfig {
  readonly skip: ReadonlySet<string> | 'all';
  readonly experimental: ReadonlySet<string> | 'all';
  /** Whether a finding fails the build. */
  readonly error: boolean;
}

/** Rules that are looked at only when they are asked for. */
const experimental: ReadonlySet<RuleName> = new Set(['InvalidDefinitionDescription']);

/** @returns undefined for text that says something else */
export function parseCheckConfig(text: string): CheckConfig | undefined {
  let config: CheckConfig = { skip: new Set(), experimental: new Set(), error: false };
  for (const part of text.split(';')) {
    const [key, value] = cut(part.trim(), '=');
    if (key === '' && value === undefined) continue;
    if (value === undefined) return undefined;
    if (key === 'skip') config = { ...config, skip: readNames(value) };
    else if (key === 'experimental') config = { ...config, experimental: readNames(value) };
    else if (key === 'error') config = { ...config, error: value.trim().toLowerCase() === 'true' };
    else return undefined;
  }
  return config;
}

/** @param given what the caller says in place of the directive @throws DockerfileError for a directive that is malformed */
export function checkConfig({ directives, source }: Dockerfile, given?: string): CheckConfig {
  const directive = directives.find(({ name }) => name === 'check');
  const config = parseCheckConfig(given ?? directive?.value.text ?? '');
  if (config !== undefined) return config;
  throw new DockerfileError('the directive check is malformed: write skip=RULE,RULE;error=true', {
    source,
    range: directive?.range ?? source.range(0, 0),
  });
}

/** The config for one instruction, whose comments may have a `check=` of their own. */
export function configFor(instruction: Instruction | undefined, config: CheckConfig): CheckConfig {
  let merged = config;
  for (const { text } of instruction?.comments ?? []) {
    const [key, value = ''] = cut(text, '=');
    const own = key.trim().toLowerCase() === 'check' ? parseCheckConfig(value) : undefined;
    if (own === undefined) continue;
    merged = {
      skip: union(merged.skip, own.skip),
      experimental: union(merged.experimental, own.experimental),
      error: merged.error,
    };
  }
  return merged;
}

export function isWanted(rule: RuleName, config: CheckConfig): boolean {
  if (experimental.has(rule)) return config.experimental === 'all' || config.experimental.has(rule);
  return config.skip !== 'all' && !config.skip.has(rule);
}

function readNames(value: string): ReadonlySet<string> | 'all' {
  const names = value.split(',').map((name) => name.trim());
  return names.includes('all') ? 'all' : new Set(names.filter((name) => name !== ''));
}

function union(a: CheckConfig['skip'], b: CheckConfig['skip']): CheckConfig['skip'] {
  return a === 'all' || b === 'all' ? 'all' : a.union(b);
}
