import { readClass, type CharClass } from './char-class.js';

/** What one step of a pattern takes. */
type Token =
  | { readonly kind: 'char'; readonly char: string }
  /** `?`: one character, no slash. */
  | { readonly kind: 'one' }
  /** `*`: any characters, no slash. */
  | { readonly kind: 'star' }
  /** `**` inside: nothing, or what the next token takes. */
  | { readonly kind: 'maybe' }
  /** Anything up to a slash. */
  | { readonly kind: 'directories' }
  /** `**` at the end: anything. */
  | { readonly kind: 'all' }
  | { readonly kind: 'class'; readonly test: CharClass };

/** Where a match stands after some of a path was read: the places in the pattern that are reached. */
export interface GlobState {
  readonly places: ReadonlySet<number>;
  /** Whether what was read matches. */
  readonly accepts: boolean;
  /** Whether what is still to come could make it match. */
  readonly isAlive: boolean;
}

interface KnownState extends GlobState {
  /** By code point, for those of ASCII. */
  readonly next: (KnownState | undefined)[];
}

/** So many states are remembered; more are worked out again each time. */
const maxKnown = 256;

/**
 * A compiled pattern. Reading a path takes at most its length times that of the pattern, whatever they are, and mostly its
 * length alone, as the states that were reached before are known.
 */
export class Glob {
  readonly start: GlobState;
  readonly #tokens: readonly Token[];
  readonly #known = new Map<string, KnownState>();

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
    this.start = this.#state([0]);
  }

  /** Reads more of a path. */
  read(state: GlobState, text: string): GlobState {
    let now = state as KnownState;
    for (let at = 0; at < text.length; at++) {
      if (!now.isAlive) return now.places.size === 0 ? now : this.#state([]);
      const code = text.codePointAt(at) ?? 0;
      if (code > 0xffff) at++;
      now = now.next[code] ?? this.#step(now, code);
    }
    return now;
  }

  matches(path: string): boolean {
    return this.read(this.start, path).accepts;
  }

  #step(state: KnownState, code: number): KnownState {
    const char = String.fromCodePoint(code);
    const places: number[] = [];
    for (const at of state.places) {
      const token = this.#tokens[at];
      if (token === undefined) continue;
      if (stays(token, char)) places.push(at);
      if (passes(token, char)) places.push(at + 1);
    }
    const next = this.#state(places);
    if (this.#known.size < maxKnown && code < 128) state.next[code] = next;
    return next;
  }

  #state(places: readonly number[]): KnownState {
    const closed = this.#close(places);
    const key = [...closed].sort((a, b) => a - b).join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const end = this.#tokens.length;
    const accepts = closed.has(end);
    const state = {
      places: closed,
      accepts,
      isAlive: closed.size > (accepts ? 1 : 0),
      next: [],
    };
    if (this.#known.size < maxKnown) this.#known.set(key, state);
    return state;
  }

  /** Adds what is reached without a character. */
  #close(places: readonly number[]): ReadonlySet<number> {
    const closed = new Set<number>();
    const open = [...places];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (closed.has(at)) continue;
      closed.add(at);
      const kind = this.#tokens[at]?.kind;
      if (kind === 'star' || kind === 'all' || kind === 'maybe') open.push(at + 1);
      if (kind === 'maybe') open.push(at + 2);
    }
    return closed;
  }
}

function stays(token: Token, char: string): boolean {
  if (token.kind === 'star') return char !== '/';
  return token.kind === 'all' || token.kind === 'directories';
}

function passes(token: Token, char: string): boolean {
  switch (token.kind) {
    case 'char':
      return token.char === char;
    case 'one':
      return char !== '/';
    case 'class':
      return token.test(char);
    case 'directories':
      return char === '/';
    case 'star':
    case 'all':
    case 'maybe':
      return false;
  }
}

/** @returns undefined for a pattern that Go's filepath.Match calls malformed */
export function compileGlob(pattern: string): Glob | undefined {
  const chars = [...pattern];
  const tokens: Token[] = [];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] as string;
    if (char === '*' && chars[at + 1] === '*') {
      at = addDoubleStar(chars, at, tokens);
    } else if (char === '*') tokens.push({ kind: 'star' });
    else if (char === '?') tokens.push({ kind: 'one' });
    else if (char === '[') {
      const found = readClass(chars, at);
      if (found === undefined) return undefined;
      tokens.push({ kind: 'class', test: found.test });
      at = found.end - 1;
    } else if (char === '\\') {
      const next = chars[++at];
      if (next === undefined) return undefined;
      tokens.push({ kind: 'char', char: next });
    } else tokens.push({ kind: 'char', char });
  }
  return new Glob(tokens);
}

/**
 * `**` and a slash behind it. At the start of a plain rest without a slash (`**foo`) moby takes any beginning at all, not only
 * whole directories.
 * @returns the index of its last character
 */
function addDoubleStar(chars: readonly string[], at: number, tokens: Token[]): number {
  const slash = chars[at + 2] === '/';
  const rest = chars.slice(at + (slash ? 3 : 2));
  const isPlainEnd = at === 0 && !slash && !rest.some((c) => '*?[\\'.includes(c));
  if (rest.length === 0 || isPlainEnd) tokens.push({ kind: 'all' });
  else tokens.push({ kind: 'maybe' }, { kind: 'directories' });
  return at + (slash ? 2 : 1);
}
