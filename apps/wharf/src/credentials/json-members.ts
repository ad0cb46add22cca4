import { FailedPreconditionError } from '@wharf/core';

/**
 * The members of a JSON object as the text has them: name and value, the value's text unchanged. The text must have
 * passed JSON.parse; a name that is there twice counts with its last value.
 */
export function membersOf(text: string): Map<string, string> {
  const members = new Map<string, string>();
  let at = text.indexOf('{') + 1;
  for (;;) {
    at = skipSpace(text, at);
    if (text[at] === ',') at = skipSpace(text, at + 1);
    if (text[at] !== '"') return members;
    const nameEnd = endOfString(text, at);
    const name = JSON.parse(text.slice(at, nameEnd)) as string;
    const start = skipSpace(text, skipSpace(text, nameEnd) + 1);
    at = endOfValue(text, start);
    members.set(name, text.slice(start, at).trimEnd());
  }
}

/** The text of an object with these members, one a line, as docker lays config.json out. */
export function objectOf(members: ReadonlyMap<string, string>, depth = 0): string {
  if (members.size === 0) return '{}';
  const indent = '\t'.repeat(depth + 1);
  const lines = [...members].map(([name, value]) => `${indent}${JSON.stringify(name)}: ${value}`);
  return `{\n${lines.join(',\n')}\n${'\t'.repeat(depth)}}`;
}

/**
 * Refuses what is no JSON object, without a word of what is in it: it may hold passwords.
 * @throws failed-precondition naming `what`
 */
export function checkObject(text: string, what: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // A message of JSON.parse could quote a password.
  }
  throw new FailedPreconditionError(`${what} is not a JSON object: mend or remove it`);
}

function skipSpace(text: string, at: number): number {
  let next = at;
  while (next < text.length && ' \t\r\n'.includes(text.charAt(next))) next++;
  return next;
}

/** @param at where the opening quote is */
function endOfString(text: string, at: number): number {
  let next = at + 1;
  while (next < text.length && text[next] !== '"') next += text[next] === '\\' ? 2 : 1;
  return next + 1;
}

function endOfValue(text: string, at: number): number {
  let depth = 0;
  let next = at;
  while (next < text.length) {
    const char = text.charAt(next);
    if (char === '"') {
      next = endOfString(text, next);
      continue;
    }
    if (depth === 0 && (char === ',' || char === '}' || char === ']')) return next;
    if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    next++;
  }
  return next;
}
