import type { BranchNode, Node, PipeNode, Trees } from './ast.js';
import { TokenReader } from './reader.js';
import { parsePipe } from './pipeline.js';
import { lex } from './lex.js';
import { unquote } from './literals.js';

/** Nesting of blocks and parentheses beyond which a template is refused. */
export const maxDepth = 200;

/**
 * Parses a Go text/template. `functions` are the names that may be called.
 * @throws TemplateError with Go's words and the line.
 */
export function parse(text: string, functions: ReadonlySet<string>, name = ''): Trees {
  const reader = new TokenReader(lex(text, name), text, name, functions);
  const trees = new Map<string, readonly Node[]>();
  const parser = new Parser(reader, trees);
  const main = parser.list('top');
  trees.set(name, main.nodes);
  return trees;
}

type Ending = 'end' | 'else' | 'eof';

interface List {
  readonly nodes: readonly Node[];
  readonly ending: Ending;
}

class Parser {
  readonly #reader: TokenReader;
  readonly #trees: Map<string, readonly Node[]>;
  #depth = 0;
  #ranges = 0;

  constructor(reader: TokenReader, trees: Map<string, readonly Node[]>) {
    this.#reader = reader;
    this.#trees = trees;
  }

  /** Nodes up to `{{end}}`, `{{else}}` or, at the top, the end of the text. */
  list(where: 'top' | 'block'): List {
    if (++this.#depth > maxDepth) this.#reader.fail('template is nested too deeply');
    const nodes: Node[] = [];
    for (;;) {
      const token = this.#reader.next();
      if (token.type === 'end') {
        if (where === 'block') this.#reader.fail('unexpected EOF');
        return this.#closed(nodes, 'eof');
      }
      if (token.type === 'text') {
        nodes.push({ kind: 'text', text: token.text });
        continue;
      }
      const ending = this.#action(nodes, where);
      if (ending !== undefined) return this.#closed(nodes, ending);
    }
  }

  #closed(nodes: readonly Node[], ending: Ending): List {
    this.#depth--;
    return { nodes, ending };
  }

  #action(nodes: Node[], where: 'top' | 'block'): Ending | undefined {
    const token = this.#reader.nextSolid();
    if (token.type !== 'keyword') {
      this.#reader.back(token);
      nodes.push({ kind: 'action', pipe: parsePipe(this.#reader, 'command', 'close') });
      return undefined;
    }
    switch (token.text) {
      case 'end':
      case 'else':
        return this.#ending(token.text, where);
      case 'if':
      case 'with':
      case 'range':
        nodes.push(this.#branch(token.text, token.position));
        return undefined;
      case 'define':
        this.#define(where);
        return undefined;
      case 'block':
      case 'template':
        nodes.push(this.#template(token.text));
        return undefined;
      default:
        nodes.push(this.#jump(token.text === 'break' ? 'break' : 'continue'));
        return undefined;
    }
  }

  #ending(word: 'end' | 'else', where: 'top' | 'block'): Ending {
    if (where === 'top') this.#reader.fail(`unexpected {{${word}}}`);
    if (word === 'end') this.#reader.expectClose('end');
    return word;
  }

  #jump(kind: 'break' | 'continue'): Node {
    this.#reader.expectClose(`{{${kind}}}`);
    if (this.#ranges === 0) this.#reader.fail(`{{${kind}}} outside {{range}}`);
    return { kind };
  }

  #branch(kind: 'if' | 'with' | 'range', position: number): BranchNode {
    const scope = this.#reader.variables.length;
    const pipe = parsePipe(this.#reader, kind, 'close');
    if (kind === 'range') this.#ranges++;
    const body = this.list('block');
    if (kind === 'range') this.#ranges--;
    const elseList = body.ending === 'else' ? this.#else(kind) : [];
    this.#reader.variables.length = scope;
    return { kind, pipe, list: body.nodes, elseList, position };
  }

  /** The part after `{{else`: a plain list, or the chained `if`/`with`, which shares our `{{end}}`. */
  #else(kind: 'if' | 'with' | 'range'): readonly Node[] {
    const token = this.#reader.nextSolid();
    if (token.type === 'keyword' && token.text === kind && kind !== 'range') {
      if (++this.#depth > maxDepth) this.#reader.fail('template is nested too deeply');
      const chained = this.#branch(kind, token.position);
      this.#depth--;
      return [chained];
    }
    this.#reader.back(token);
    this.#reader.expectClose('else');
    const list = this.list('block');
    if (list.ending === 'else') this.#reader.fail('expected end; found {{else}}');
    return list.nodes;
  }

  #define(where: 'top' | 'block'): void {
    if (where === 'block') this.#reader.fail('unexpected <define> in command');
    const name = this.#string('define clause');
    this.#reader.expectClose('define clause');
    this.#body(name);
  }

  #body(name: string): void {
    const outer = this.#reader.variables.splice(0);
    const ranges = this.#ranges;
    this.#reader.variables.push('$');
    this.#ranges = 0;
    const list = this.list('block');
    if (list.ending === 'else') this.#reader.fail('unexpected {{else}} in define clause');
    this.#trees.set(name, list.nodes);
    this.#ranges = ranges;
    this.#reader.variables.splice(0, this.#reader.variables.length, ...outer);
  }

  #template(word: 'template' | 'block'): Node {
    const { position } = this.#reader.peekSolid();
    const name = this.#string(`${word} clause`);
    const token = this.#reader.nextSolid();
    let pipe: PipeNode | undefined;
    if (token.type !== 'close' || word === 'block') {
      this.#reader.back(token);
      pipe = parsePipe(this.#reader, `${word} clause`, 'close');
    }
    if (word === 'block') this.#body(name);
    return { kind: 'template', name, pipe, position };
  }

  #string(context: string): string {
    const token = this.#reader.nextSolid();
    if (token.type !== 'string' && token.type !== 'raw') this.#reader.unexpected(token, context);
    return unquote(token.text) ?? this.#reader.fail('invalid syntax');
  }
}
