import type { CommandNode, Operand, PipeNode } from './ast.js';
import { numberNode, unquote } from './literals.js';
import type { Token } from './lex.js';
import type { TokenReader } from './reader.js';

const maxNesting = 200;

/** Reads a pipeline up to and with its closing token. `context` names it in errors. */
export function parsePipe(
  reader: TokenReader,
  context: string,
  closing: 'close' | 'rparen',
  depth = 0,
): PipeNode {
  if (depth > maxNesting) reader.fail('template is nested too deeply');
  const position = reader.peekSolid().position;
  const { names, assign } = declaration(reader, context);
  const commands: CommandNode[] = [];
  for (;;) {
    const token = reader.nextSolid();
    if (token.type === closing) break;
    if (!startsOperand(token)) reader.unexpected(token, context);
    reader.back(token);
    commands.push(command(reader, depth));
  }
  if (commands.length === 0) reader.fail(`missing value for ${context}`);
  checkStages(reader, commands);
  return { kind: 'pipe', declared: names, assign, commands, position };
}

function checkStages(reader: TokenReader, commands: readonly CommandNode[]): void {
  commands.forEach((stage, index) => {
    if (index === 0) return;
    if (['bool', 'dot', 'nil', 'number', 'string'].includes(stage.args[0].kind)) {
      reader.fail(`non executable command in pipeline stage ${index + 1}`);
    }
  });
}

interface Declaration {
  readonly names: readonly string[];
  readonly assign: boolean;
}

/** `$x :=`, `$x =`, and in a range `$i, $v :=`; anything else is left unread. */
function declaration(reader: TokenReader, context: string): Declaration {
  const first = reader.peekSolid();
  const none = { names: [], assign: false };
  if (first.type !== 'variable') return none;
  reader.next();
  const after = reader.nextSolid();
  if (after.type === 'declare' || after.type === 'assign') {
    return declared(reader, [first.text], after.type === 'assign');
  }
  if (after.type === 'comma' && context !== 'range') {
    reader.fail(`too many declarations in ${context}`);
  }
  if (after.type === 'comma') {
    const second = reader.nextSolid();
    const mark = reader.nextSolid();
    const known = mark.type === 'declare' || mark.type === 'assign';
    if (second.type === 'variable' && known) {
      return declared(reader, [first.text, second.text], mark.type === 'assign');
    }
    reader.fail(`range can only initialize variables`);
  }
  reader.back(first);
  return none;
}

function declared(reader: TokenReader, names: readonly string[], assign: boolean): Declaration {
  for (const name of names) {
    if (assign) known(reader, name);
    else reader.variables.push(name);
  }
  return { names, assign };
}

function known(reader: TokenReader, name: string): void {
  if (!reader.variables.includes(name)) reader.fail(`undefined variable ${JSON.stringify(name)}`);
}

function startsOperand(token: Token): boolean {
  return (
    token.type !== 'close' &&
    token.type !== 'rparen' &&
    token.type !== 'pipe' &&
    token.type !== 'comma' &&
    token.type !== 'declare' &&
    token.type !== 'assign' &&
    token.type !== 'keyword' &&
    token.type !== 'end'
  );
}

/** Operands with spaces between them, up to a pipe (taken) or the pipeline's end (left). */
function command(reader: TokenReader, depth: number): CommandNode {
  const position = reader.peekSolid().position;
  const args: Operand[] = [];
  for (;;) {
    reader.peekSolid();
    const found = operand(reader, depth);
    if (found !== undefined) args.push(found);
    const token = reader.next();
    if (token.type === 'space') {
      if (endsCommand(reader)) break;
      continue;
    }
    if (token.type === 'close' || token.type === 'rparen') {
      reader.back(token);
      break;
    }
    if (token.type === 'pipe') break;
    reader.unexpected(token, 'operand');
  }
  const [head, ...rest] = args;
  if (head === undefined) reader.fail('empty command');
  return { args: [head, ...rest], position };
}

function endsCommand(reader: TokenReader): boolean {
  const token = reader.peekSolid();
  if (token.type === 'close' || token.type === 'rparen') return true;
  if (token.type !== 'pipe') return false;
  reader.next();
  return true;
}

/** A term with the fields that follow it directly. */
function operand(reader: TokenReader, depth: number): Operand | undefined {
  const base = term(reader, depth);
  if (base === undefined || reader.peek().type !== 'field') return base;
  const position = reader.peek().position;
  const names: string[] = [];
  while (reader.peek().type === 'field') names.push(reader.next().text.slice(1));
  switch (base.kind) {
    case 'field':
    case 'variable':
      return { kind: base.kind, names: [...base.names, ...names], position };
    case 'bool':
    case 'string':
    case 'number':
    case 'nil':
    case 'dot':
      return reader.fail(`unexpected . after term ${JSON.stringify(termText(base))}`);
    default:
      return { kind: 'chain', base, names, position };
  }
}

function termText(node: Operand): string {
  return 'text' in node ? node.text : node.kind === 'bool' ? String(node.value) : node.kind;
}

function term(reader: TokenReader, depth: number): Operand | undefined {
  const token = reader.nextSolid();
  const { position, text } = token;
  switch (token.type) {
    case 'identifier':
      if (!reader.functions.has(text)) reader.fail(`function ${JSON.stringify(text)} not defined`);
      return { kind: 'identifier', name: text, position };
    case 'dot':
    case 'nil':
      return { kind: token.type, position };
    case 'bool':
      return { kind: 'bool', value: text === 'true', position };
    case 'variable':
      known(reader, text);
      return { kind: 'variable', names: [text], position };
    case 'field':
      return { kind: 'field', names: [text.slice(1)], position };
    case 'number':
    case 'character':
      return numberNode(token) ?? reader.fail(badNumber(token));
    case 'string':
    case 'raw': {
      const value = unquote(text) ?? reader.fail('invalid syntax');
      return { kind: 'string', value, text, position };
    }
    case 'lparen':
      return parsePipe(reader, 'parenthesized pipeline', 'rparen', depth + 1);
    default:
      reader.back(token);
      return undefined;
  }
}

function badNumber(token: Token): string {
  const shown = JSON.stringify(token.text);
  if (token.type === 'character') {
    return token.text === "''" ? 'invalid syntax' : `malformed character constant: ${token.text}`;
  }
  if (/^[+-]?[0-9]+$/.test(token.text)) return `integer overflow: ${shown}`;
  if (/^[+-]?[0-9.]+e[+-]?[0-9]+$/i.test(token.text)) return `illegal number syntax: ${shown}`;
  return `bad number syntax: ${shown}`;
}
