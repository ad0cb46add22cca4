import { CallError } from './call-error.js';
import { goJson } from './json.js';
import type { FunctionTable, TemplateFunction } from './functions.js';

const maxPadding = 100_000;

function spaces(count: number): string {
  if (count < 0 || count > maxPadding) throw new CallError(`padding out of range: ${count}`);
  return ' '.repeat(count);
}

/** First letters of words in upper case; words end at what is neither letter, digit nor `_`. */
function title(text: string): string {
  return text.replaceAll(/[\p{L}\p{N}_]+/gu, (word) => {
    const first = String.fromCodePoint(word.codePointAt(0) ?? 0);
    return first.toUpperCase() + word.slice(first.length);
  });
}

function truncate(text: string, count: number): string {
  if (count < 0) throw new CallError(`length out of range: ${count}`);
  return text.length <= count ? text : [...text].slice(0, count).join('');
}

/** The functions that docker's `--format` adds to Go's. */
export function dockerFunctions(): FunctionTable {
  return {
    json: { parameters: ['any'], call: (value: unknown) => goJson(value) },
    split: {
      parameters: ['string', 'string'],
      call: (text: string, by: string) => (by === '' ? [...text] : text.split(by)),
    },
    join: {
      parameters: ['list', 'string'],
      call: (items: readonly unknown[], by: string) => items.join(by),
    },
    title: { parameters: ['string'], call: title },
    lower: { parameters: ['string'], call: (text: string) => text.toLowerCase() },
    upper: { parameters: ['string'], call: (text: string) => text.toUpperCase() },
    pad: {
      parameters: ['string', 'int', 'int'],
      call: (text: string, before: number, after: number) =>
        text === '' ? '' : spaces(before) + text + spaces(after),
    },
    truncate: { parameters: ['string', 'int'], call: truncate },
  };
}

/** The same names for a table's header, where a function must leave the column's title as it is. */
export function headerFunctions(): FunctionTable {
  const same: TemplateFunction = {
    parameters: ['any'],
    rest: 'any',
    call: (text: unknown) => text,
  };
  return {
    json: same,
    split: same,
    join: same,
    title: same,
    lower: same,
    upper: same,
    truncate: same,
  };
}
