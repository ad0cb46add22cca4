/** One challenge of a WWW-Authenticate header; scheme and parameter names are in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const maxChallenges = 16;
const maxParameters = 32;

/**
 * Reads WWW-Authenticate (RFC 9110, 11.6.1) in one pass from left to right. What does not follow the grammar
 * ends the reading: the challenges before it are returned. At most 16 challenges are read.
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const reader = new Reader(header);
  const challenges: Challenge[] = [];
  while (challenges.length < maxChallenges) {
    reader.skipSeparators();
    const scheme = reader.token();
    if (scheme === '') break;
    challenges.push({ scheme: scheme.toLowerCase(), parameters: readParameters(reader) });
    if (reader.broken) break;
  }
  return challenges;
}

function readParameters(reader: Reader): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  reader.skipSpaces();
  while (parameters.size < maxParameters) {
    const start = reader.at;
    const name = reader.token().toLowerCase();
    if (name === '') break;
    reader.skipSpaces();
    if (!reader.take('=')) {
      reader.at = start;
      break;
    }
    reader.skipSpaces();
    const value = reader.value();
    if (value === undefined) {
      reader.broken = true;
      break;
    }
    if (!parameters.has(name)) parameters.set(name, value);
    reader.skipSpaces();
    if (!reader.take(',')) break;
    reader.skipSeparators();
  }
  return parameters;
}

class Reader {
  at = 0;
  broken = false;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  take(char: string): boolean {
    if (this.#text[this.at] !== char) return false;
    this.at += 1;
    return true;
  }

  skipSpaces(): void {
    while (this.#text[this.at] === ' ' || this.#text[this.at] === '\t') this.at += 1;
  }

  skipSeparators(): void {
    while (' \t,'.includes(this.#text[this.at] ?? '!')) this.at += 1;
  }

  token(): string {
    const start = this.at;
    while (isTokenChar(this.#text.charCodeAt(this.at))) this.at += 1;
    return this.#text.slice(start, this.at);
  }

  /** A token or a quoted string; undefined when neither stands here or the quote never ends. */
  value(): string | undefined {
    if (!this.take('"')) return this.token() || undefined;
    const pieces: string[] = [];
    let start = this.at;
    for (; this.at < this.#text.length; this.at += 1) {
      const char = this.#text[this.at];
      if (char !== '"' && char !== '\\') continue;
      pieces.push(this.#text.slice(start, this.at));
      this.at += 1;
      if (char === '"') return pieces.join('');
      start = this.at;
    }
    return undefined;
  }
}

/** tchar of RFC 9110, 5.6.2; false for NaN, the end of the text. */
function isTokenChar(code: number): boolean {
  if (code >= 0x30 && code <= 0x39) return true;
  const lower = code | 0x20;
  if (lower >= 0x61 && lower <= 0x7a) return true;
  return code > 0x20 && code < 0x7f && "!#$%&'*+-.^_`|~".includes(String.fromCharCode(code));
}
