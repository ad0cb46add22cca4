import { InvalidArgumentError } from '@wharf/core';
import { cut, hasNul, quote } from './chars.js';

export interface EnvEntry {
  readonly key: string;
  readonly value: string;
}

/** Splits `KEY=VALUE` at the first `=`. @throws InvalidArgumentError without a key, a `=`, or with a NUL */
export function parseEnv(entry: string): EnvEntry {
  const [key, value] = cut(entry, '=');
  if (key === '' || value === undefined) {
    throw new InvalidArgumentError(
      `invalid environment variable: ${quote(entry)}: write it as KEY=VALUE`,
    );
  }
  if (hasNul(entry)) {
    throw new InvalidArgumentError(`invalid environment variable: ${quote(key)} contains a NUL`);
  }
  return { key, value };
}

/** Passes for a valid `KEY=VALUE`, throws as `parseEnv` otherwise. */
export function checkEnv(entry: string): void {
  parseEnv(entry);
}

/**
 * Lays lists over each other: a later entry takes the place of an earlier one with its key, new keys are
 * appended. A bare `KEY` in a later list removes the variable, as `docker run -e KEY` does when it is unset.
 * @throws InvalidArgumentError for a malformed entry
 */
export function mergeEnv(...lists: readonly (readonly string[])[]): readonly string[] {
  const merged = new Map<string, string>();
  for (const entry of lists.flat()) {
    if (entry.includes('=') || entry === '' || hasNul(entry)) {
      merged.set(parseEnv(entry).key, entry);
    } else merged.delete(entry);
  }
  return Object.freeze([...merged.values()]);
}

/** The value of a variable in a list, the last one if it is there twice. */
export function lookUpEnv(env: readonly string[], key: string): string | undefined {
  return env.findLast((entry) => entry.startsWith(`${key}=`))?.slice(key.length + 1);
}
