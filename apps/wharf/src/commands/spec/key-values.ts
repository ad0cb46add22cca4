import { InvalidArgumentError } from '@wharf/core';

/** Splits at the first `=`; the value is undefined without one. */
export function splitPair(text: string): readonly [key: string, value: string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** Refuses a `KEY=VALUE` without key or without `=`. */
export function checkKeyValue(what: string, text: string): string | undefined {
  const [key, value] = splitPair(text);
  return key === '' || value === undefined ? `invalid ${what}: ${text}: use KEY=VALUE` : undefined;
}

export function checkAnnotation(text: string): string | undefined {
  return splitPair(text)[0] === '' ? `invalid annotation: ${text}` : undefined;
}

export function checkEnvironment(text: string): string | undefined {
  return splitPair(text)[0] === '' ? `invalid environment variable: ${text}` : undefined;
}

/** `KEY=VALUE` lists as a map; a bare `KEY` has the empty value; the last of a key wins. */
export function keyValues(lists: readonly string[]): Record<string, string> {
  const entries = lists.map((text): [string, string] => {
    const [key, value = ''] = splitPair(text);
    if (key === '') throw new InvalidArgumentError(`invalid label: ${JSON.stringify(text)}`);
    return [key, value];
  });
  return Object.fromEntries(entries);
}
