import { isDigit, isLetter, isSpace, skip, skipBack } from '../chars.js';
import { DockerfileError } from '../error.js';
import type { Source } from '../source/source.js';
import type { Directive, EscapeCharacter } from './ast.js';

const names: ReadonlySet<string> = new Set(['syntax', 'escape', 'check', 'wharf']);

/**
 * The directives above a Dockerfile. They end at the first line that is none, be it empty; a comment with another name is a
 * comment. `#!` in the first line is passed over.
 */
export class DirectiveReader {
  readonly directives: Directive[] = [];
  readonly #source: Source;
  #done = false;
  #lines = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  /** @returns whether the line is a directive @throws DockerfileError for one that is there twice or has a bad value */
  read(start: number, end: number): boolean {
    if (this.#done) return false;
    const first = this.#lines++ === 0;
    const directive = this.#match(start, end);
    if (directive === undefined) {
      this.#done = !(first && this.#source.text.startsWith('#!', start));
      return false;
    }
    this.#check(directive);
    this.directives.push(directive);
    return true;
  }

  get escape(): EscapeCharacter {
    return this.directives.find(({ name }) => name === 'escape')?.value.text === '`' ? '`' : '\\';
  }

  #match(start: number, end: number): Directive | undefined {
    const { text } = this.#source;
    if (text[start] !== '#') return undefined;
    const nameStart = skip(text, start + 1, isSpace);
    const nameEnd = skip(text, nameStart, (c) => isLetter(c) || isDigit(c));
    const equals = skip(text, nameEnd, isSpace);
    const name = text.slice(nameStart, nameEnd).toLowerCase();
    if (nameEnd > end || equals >= end || text[equals] !== '=' || !names.has(name)) {
      return undefined;
    }
    const valueStart = skip(text, equals + 1, isSpace);
    const valueEnd = skipBack(text, end, isSpace);
    if (valueEnd <= valueStart) return undefined;
    return {
      name: name as Directive['name'],
      value: {
        text: text.slice(valueStart, valueEnd),
        range: this.#source.range(valueStart, valueEnd),
      },
      range: this.#source.range(start, end),
    };
  }

  #check({ name, value, range }: Directive): void {
    if (this.directives.some((other) => other.name === name)) {
      throw new DockerfileError(`the directive ${name} is there twice: keep one`, {
        source: this.#source,
        range,
      });
    }
    if (name === 'escape' && value.text !== '`' && value.text !== '\\') {
      throw new DockerfileError(
        `the escape character ${JSON.stringify(value.text)} is neither \\ nor \``,
        { source: this.#source, range: value.range },
      );
    }
  }
}
