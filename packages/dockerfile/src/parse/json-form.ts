import { isSpace, skip } from '../chars.js';
import { DockerfileError } from '../error.js';
import { maxWords } from '../limits.js';
import type { Text, Word } from '../source/text.js';

/**
 * Reads `["a", "b"]`. Whatever is not a JSON array gives undefined and is then read as words or a shell line, as docker does.
 * @throws DockerfileError for an array that has other things than strings
 */
export function readJsonForm(text: Text): readonly Word[] | undefined {
  const values = parseArray(text.text);
  if (values === undefined) return undefined;
  if (!values.every((value) => typeof value === 'string') || values.length > maxWords) {
    throw new DockerfileError('an array in JSON form may have strings only', {
      source: text.source,
      range: text.range,
    });
  }
  return Object.freeze(locate(text, values));
}

export function isJsonForm(text: Text): boolean {
  return parseArray(text.text) !== undefined;
}

function parseArray(text: string): readonly unknown[] | undefined {
  if (text[skip(text, 0, isSpace)] !== '[') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Finds the place of each string of an array that is known to be valid. */
function locate(text: Text, values: readonly string[]): Word[] {
  let at = 0;
  return values.map((value) => {
    const start = text.text.indexOf('"', at);
    at = start + 1;
    while (text.text[at] !== '"') at += text.text[at] === '\\' ? 2 : 1;
    at++;
    return Object.freeze({ text: value, range: text.rangeOf(start, at) });
  });
}
