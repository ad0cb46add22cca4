/** A node that yields a value inside an action. `position` is a character offset in the template. */
export type Operand =
  | { readonly kind: 'dot' | 'nil'; readonly position: number }
  | { readonly kind: 'bool'; readonly value: boolean; readonly position: number }
  | NumberNode
  | StringNode
  | PathNode
  | ChainNode
  | IdentifierNode
  | PipeNode;

export interface NumberNode {
  readonly kind: 'number';
  readonly value: number | bigint;
  readonly float: boolean;
  readonly text: string;
  readonly position: number;
}

export interface StringNode {
  readonly kind: 'string';
  readonly value: string;
  readonly text: string;
  readonly position: number;
}

/** `.A.B` (names A, B) or `$x.A` (names $x, A). */
export interface PathNode {
  readonly kind: 'field' | 'variable';
  readonly names: readonly string[];
  readonly position: number;
}

/** Fields of a parenthesised pipeline: `(index .X 0).Name`. */
export interface ChainNode {
  readonly kind: 'chain';
  readonly base: Operand;
  readonly names: readonly string[];
  readonly position: number;
}

export interface IdentifierNode {
  readonly kind: 'identifier';
  readonly name: string;
  readonly position: number;
}

export interface CommandNode {
  readonly args: readonly [Operand, ...Operand[]];
  readonly position: number;
}

export interface PipeNode {
  readonly kind: 'pipe';
  readonly declared: readonly string[];
  readonly assign: boolean;
  readonly commands: readonly CommandNode[];
  readonly position: number;
}

export interface BranchNode {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipe: PipeNode;
  readonly list: readonly Node[];
  readonly elseList: readonly Node[];
  readonly position: number;
}

/** A node that yields output. */
export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipe: PipeNode }
  | BranchNode
  | {
      readonly kind: 'template';
      readonly name: string;
      readonly pipe: PipeNode | undefined;
      readonly position: number;
    }
  | { readonly kind: 'break' | 'continue' };

/** The bodies of a parsed template by name; the main one is ''. */
export type Trees = ReadonlyMap<string, readonly Node[]>;

/** The source of an operand as Go's errors show it: normalised, not as typed. */
export function operandText(node: Operand): string {
  switch (node.kind) {
    case 'dot':
      return '.';
    case 'nil':
      return 'nil';
    case 'bool':
      return String(node.value);
    case 'number':
    case 'string':
      return node.text;
    case 'field':
      return node.names.map((name) => `.${name}`).join('');
    case 'variable':
      return node.names.join('.');
    case 'chain':
      return `${nested(node.base)}${node.names.map((name) => `.${name}`).join('')}`;
    case 'identifier':
      return node.name;
    case 'pipe':
      return pipeText(node);
  }
}

function nested(node: Operand): string {
  return node.kind === 'pipe' ? `(${pipeText(node)})` : operandText(node);
}

export function commandText(command: CommandNode): string {
  return command.args.map(nested).join(' ');
}

export function pipeText(pipe: PipeNode): string {
  const declared =
    pipe.declared.length > 0 ? `${pipe.declared.join(', ')} ${pipe.assign ? '=' : ':='} ` : '';
  return declared + pipe.commands.map(commandText).join(' | ');
}
