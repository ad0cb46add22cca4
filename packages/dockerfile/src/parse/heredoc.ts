import { isDigit, isSpace, skip } from '../chars.js';
import { DockerfileError } from '../error.js';
import { maxWords } from '../limits.js';
import type { Text, Word } from '../source/text.js';

/** `<<WORD` in an instruction, before its content is read. */
export interface HeredocStart {
  readonly name: string;
  readonly word: Word;
  readonly expand: boolean;
  readonly stripTabs: boolean;
  readonly descriptor: number;
}

/**
 * The heredocs that a line begins, in order: words of the form `[n]<<[-]WORD`, alone between white space and outside of
 * quotes; white space may follow `<<`. A line with an open quote begins none. The escape here is always `\`, as the shell has
 * it.
 */
export function findHeredocs(line: Text): readonly HeredocStart[] {
  if (!line.text.includes('<<')) return [];
  const starts: HeredocStart[] = [];
  for (let at = skip(line.text, 0, isSpace); at < line.length; at = skip(line.text, at, isSpace)) {
    const end = wordEnd(line.text, at);
    if (end === undefined) return [];
    const start = toHeredoc(line.slice(at, end));
    if (start !== undefined) starts.push(start);
    if (starts.length > maxWords) throw tooMany(line);
    at = end;
  }
  return starts;
}

/** Whether one word of a COPY or ADD is a heredoc, and which. */
export function toHeredoc(word: Text): HeredocStart | undefined {
  const { text } = word;
  const digits = skip(text, 0, isDigit);
  if (!text.startsWith('<<', digits)) return undefined;
  const stripTabs = text[digits + 2] === '-';
  const from = skip(text, digits + (stripTabs ? 3 : 2), isSpace);
  const raw = text.slice(from);
  if (raw.includes('<')) return undefined;
  const { name, quoted } = unquote(raw);
  if (name === '') return undefined;
  return {
    name,
    word: { text, range: word.range },
    expand: !quoted,
    stripTabs,
    descriptor: Number(text.slice(0, Math.min(digits, 9)) || 0),
  };
}

/** The content with the tabs at the start of each line taken off, as `<<-` wants. */
export function stripTabs(content: string): string {
  const lines = content.split('\n');
  return lines.map((line) => line.slice(skip(line, 0, (c) => c === 0x09))).join('\n');
}

function tooMany({ source, range }: Text): DockerfileError {
  return new DockerfileError(`more than ${maxWords} heredocs`, {
    source,
    range,
    code: 'resource-exhausted',
  });
}

/** Where the word at `from` ends; undefined for a quote that nothing closes. */
function wordEnd(text: string, from: number): number | undefined {
  let at = from;
  while (at < text.length && !isSpace(text.charCodeAt(at))) {
    const next = unitEnd(text, at);
    if (next === undefined) return undefined;
    at = next;
  }
  return Math.min(at, text.length);
}

function unitEnd(text: string, at: number): number | undefined {
  const char = text[at];
  if (char === '\\') return at + 2;
  if (char === '"' || char === "'") return quoteEnd(text, at, char);
  if (text.startsWith('<<', at)) {
    return skip(text, at + 2, (c) => c === 0x20 || c === 0x09 || c === 0x0d);
  }
  return at + 1;
}

function quoteEnd(text: string, from: number, mark: string): number | undefined {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === mark) return at + 1;
    if (mark === '"' && text[at] === '\\') at++;
  }
  return undefined;
}

function unquote(raw: string): { name: string; quoted: boolean } {
  let [name, mark, quoted] = ['', '', false];
  for (let at = 0; at < raw.length; at++) {
    const char = raw[at] as string;
    if (char === mark) mark = '';
    else if (mark === '' && (char === '"' || char === "'")) [mark, quoted] = [char, true];
    else if (char === '\\' && mark !== "'") name += raw[++at] ?? '';
    else name += char;
  }
  return { name, quoted };
}
