import { isBlank, isSpace, skip } from '../chars.js';
import { DockerfileError } from '../error.js';
import { maxWords } from '../limits.js';
import { type Text, TextBuilder } from '../source/text.js';

/** Splits at white space; quotes mean nothing here. */
export function splitBlank(text: Text): readonly Text[] {
  return splitWith(text, (at) => skip(text.text, at, (c) => !isBlank(c)), isBlank);
}

/**
 * Splits at white space outside of quotes. Quotes and escapes stay in the words for the expansion to take off; only an escape
 * at the very end vanishes.
 */
export function splitQuoted(text: Text, escape: string): readonly Text[] {
  const words = splitWith(text, (at) => quotedEnd(text.text, at, escape), isSpace);
  const last = words.at(-1);
  if (last === undefined || !endsInEscape(last.text, escape)) return words;
  const kept = last.slice(0, last.length - 1);
  return kept.length === 0 ? words.slice(0, -1) : [...words.slice(0, -1), kept];
}

function splitWith(
  text: Text,
  endOf: (at: number) => number,
  isSeparator: (code: number) => boolean,
): readonly Text[] {
  const words: Text[] = [];
  for (
    let at = skip(text.text, 0, isSeparator);
    at < text.length;
    at = skip(text.text, at, isSeparator)
  ) {
    const end = Math.min(endOf(at), text.length);
    words.push(text.slice(at, end));
    if (words.length > maxWords) throw tooMany(text);
    at = end;
  }
  return words;
}

function quotedEnd(text: string, from: number, escape: string): number {
  let mark = '';
  for (let at = from; at < text.length; at++) {
    const char = text[at] as string;
    if (char === escape && mark !== "'") at++;
    else if (mark !== '') mark = char === mark ? '' : mark;
    else if (char === '"' || char === "'") mark = char;
    else if (isSpace(text.charCodeAt(at))) return at;
  }
  return text.length;
}

/** Whether the last character is an escape that has nothing to escape. */
function endsInEscape(word: string, escape: string): boolean {
  let [mark, open] = ['', false];
  for (let at = 0; at < word.length; at++) {
    const char = word[at] as string;
    open = char === escape && mark !== "'" && at === word.length - 1;
    if (char === escape && mark !== "'") at++;
    else if (mark !== '') mark = char === mark ? '' : mark;
    else if (char === '"' || char === "'") mark = char;
  }
  return open;
}

/**
 * One line of comma-separated values (RFC 4180), as `--mount` takes them.
 * @returns undefined for a quote in the wrong place
 */
export function splitCommas(text: Text): readonly Text[] | undefined {
  const fields: Text[] = [];
  for (let at = 0; at <= text.length; at++) {
    const end =
      text.text[at] === '"' ? quotedField(text, at, fields) : plainField(text, at, fields);
    if (end === undefined || (end < text.length && text.text[end] !== ',')) return undefined;
    at = end;
  }
  return fields;
}

function plainField(text: Text, from: number, fields: Text[]): number | undefined {
  const comma = text.text.indexOf(',', from);
  const end = comma < 0 ? text.length : comma;
  const field = text.slice(from, end);
  fields.push(field);
  return field.text.includes('"') ? undefined : end;
}

function quotedField(text: Text, from: number, fields: Text[]): number | undefined {
  const builder = new TextBuilder(text.source);
  for (let at = from + 1; at < text.length; at++) {
    if (text.text[at] !== '"') builder.take(text, at);
    else if (text.text[at + 1] === '"') builder.take(text, at++);
    else {
      fields.push(builder.build(text.offset(from)));
      return at + 1;
    }
  }
  return undefined;
}

function tooMany({ source, range }: Text): DockerfileError {
  return new DockerfileError(`more than ${maxWords} words`, {
    source,
    range,
    code: 'resource-exhausted',
  });
}
