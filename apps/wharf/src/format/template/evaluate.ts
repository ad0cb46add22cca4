import { commandText, operandText, pipeText } from './ast.js';
import type { BranchNode, CommandNode, Node, Operand, PipeNode } from './ast.js';
import { Calls } from './calls.js';
import { TemplateError } from './failure.js';
import type { EvaluationState, Execution } from './state.js';
import { display } from './verbs.js';
import { isTrue, kindOf, numberOf, sortedEntries } from './value.js';

/** Characters of an expression that an error repeats. */
const maxContext = 200;

class Jump {
  readonly kind: 'break' | 'continue';
  constructor(kind: 'break' | 'continue') {
    this.kind = kind;
  }
}

interface Variable {
  readonly name: string;
  value: unknown;
}

/** What an error is about: a node, or the text of a template action. */
type Place = Operand | CommandNode | { readonly action: string; readonly position: number };

/** Evaluates the template of that name on `data`. @throws TemplateError with Go's words. */
export function evaluate(execution: Execution, data: unknown): string {
  return new Evaluator(execution).run(data);
}

class Evaluator implements EvaluationState {
  readonly execution: Execution;
  #out: string[] = [];
  #size = 0;
  #steps = 0;
  #depth = 0;
  #variables: Variable[] = [];
  #template: string;
  #place: Place = { action: '', position: 0 };
  readonly #calls: Calls;

  constructor(execution: Execution) {
    this.execution = execution;
    this.#template = execution.name;
    this.#calls = new Calls(this, execution.functions);
  }

  run(data: unknown): string {
    this.#body(this.execution.name, data);
    return this.#out.join('');
  }

  /** Remembers the node that errors will name. */
  at(node: Operand | CommandNode): void {
    this.step();
    this.#place = node;
  }

  step(): void {
    if (++this.#steps > this.execution.limits.steps) this.fail('template takes too many steps');
  }

  fail(message: string): never {
    const { position } = this.#place;
    const text = placeText(this.#place);
    const before = this.execution.text.slice(0, position);
    const line = before.split('\n').length;
    const column = Buffer.byteLength(before.slice(before.lastIndexOf('\n') + 1));
    const name = this.execution.name;
    const context = text.length > maxContext ? `${text.slice(0, maxContext)}...` : text;
    throw new TemplateError(
      `template parsing error: template: ${name}:${line}:${column}: ` +
        `executing ${JSON.stringify(this.#template)} at <${context}>: ${message}`,
    );
  }

  variable(name: string): unknown {
    return this.#variables.findLast((variable) => variable.name === name)?.value;
  }

  #body(name: string, data: unknown): void {
    const nodes = this.execution.trees.get(name) ?? [];
    const outer = { variables: this.#variables, template: this.#template };
    this.#variables = [{ name: '$', value: data }];
    this.#template = name;
    this.#list(nodes, data);
    this.#variables = outer.variables;
    this.#template = outer.template;
  }

  #write(text: string): void {
    this.#size += text.length;
    if (this.#size > this.execution.limits.characters) this.fail('template prints too much');
    this.#out.push(text);
  }

  #list(nodes: readonly Node[], dot: unknown): void {
    for (const node of nodes) this.#node(node, dot);
  }

  #node(node: Node, dot: unknown): void {
    switch (node.kind) {
      case 'text':
        return this.#write(node.text);
      case 'action': {
        const value = this.pipeline(node.pipe, dot);
        if (node.pipe.declared.length === 0) this.#print(node.pipe, value);
        return;
      }
      case 'if':
      case 'with':
        return this.#branch(node, dot);
      case 'range':
        return this.#range(node, dot);
      case 'template':
        return this.#nested(node, dot);
      case 'break':
      case 'continue':
        throw new Jump(node.kind);
    }
  }

  #print(pipe: PipeNode, value: unknown): void {
    if (kindOf(value) === 'func') {
      this.at(pipe);
      this.fail(`can't print ${pipeText(pipe)} of type func()`);
    }
    this.#write(this.execution.clean(display(value)));
  }

  #branch(node: BranchNode, dot: unknown): void {
    const scope = this.#variables.length;
    const value = this.pipeline(node.pipe, dot);
    const truth = isTrue(value);
    if (truth) this.#list(node.list, node.kind === 'with' ? value : dot);
    else this.#list(node.elseList, dot);
    this.#variables.length = scope;
  }

  #range(node: BranchNode, dot: unknown): void {
    const scope = this.#variables.length;
    const over = this.pipeline(node.pipe, dot, false);
    let count = 0;
    for (const [key, value] of this.#items(over, node.pipe)) {
      count++;
      this.step();
      this.#rangeVariables(node.pipe, key, value);
      const inner = this.#variables.length;
      const jump = this.#once(node.list, value);
      this.#variables.length = node.pipe.assign ? scope : Math.min(inner, scope);
      if (jump === 'break') break;
    }
    this.#variables.length = scope;
    if (count === 0) this.#list(node.elseList, dot);
  }

  #rangeVariables(pipe: PipeNode, key: unknown, value: unknown): void {
    const [first, second] = pipe.declared;
    if (first === undefined) return;
    const set = (name: string, element: unknown): void =>
      pipe.assign
        ? this.#assign(name, element)
        : void this.#variables.push({ name, value: element });
    if (second === undefined) return set(first, value);
    set(first, key);
    set(second, value);
  }

  #once(list: readonly Node[], dot: unknown): 'break' | 'continue' | undefined {
    try {
      this.#list(list, dot);
      return undefined;
    } catch (thrown) {
      if (thrown instanceof Jump) return thrown.kind;
      throw thrown;
    }
  }

  #items(over: unknown, pipe: PipeNode): Iterable<[unknown, unknown]> {
    switch (kindOf(over)) {
      case 'none':
      case 'nil':
        return [];
      case 'slice':
        return (over as unknown[]).entries();
      case 'bytes':
        return (over as Uint8Array).entries();
      case 'map':
        return sortedEntries(over);
      case 'int':
        if (pipe.declared.length > 1) {
          this.fail(`can't use ${display(over)} to iterate over more than one variable`);
        }
        return counted(Number(numberOf(over)));
      default:
        return this.fail(`range can't iterate over ${display(over)}`);
    }
  }

  #nested(node: Extract<Node, { kind: 'template' }>, dot: unknown): void {
    const pipe = node.pipe === undefined ? '' : ` ${pipeText(node.pipe)}`;
    this.#place = {
      action: `{{template ${JSON.stringify(node.name)}${pipe}}}`,
      position: node.position,
    };
    if (!this.execution.trees.has(node.name)) {
      this.fail(`template ${JSON.stringify(node.name)} not defined`);
    }
    if (++this.#depth > this.execution.limits.depth) {
      this.fail('exceeded maximum template depth');
    }
    const data = node.pipe === undefined ? undefined : this.pipeline(node.pipe, dot);
    this.#body(node.name, data);
    this.#depth--;
  }

  /** The value of a pipeline; its variables are declared or assigned unless told not to. */
  pipeline(pipe: PipeNode, dot: unknown, declare = true): unknown {
    this.at(pipe);
    let value: { readonly value: unknown } | undefined;
    for (const command of pipe.commands) {
      value = { value: this.#calls.command(command, dot, value) };
    }
    if (declare) {
      for (const name of pipe.declared) {
        if (pipe.assign) this.#assign(name, value?.value);
        else this.#variables.push({ name, value: value?.value });
      }
    }
    return value?.value;
  }

  #assign(name: string, value: unknown): void {
    const variable = this.#variables.findLast((candidate) => candidate.name === name);
    if (variable !== undefined) variable.value = value;
  }
}

function placeText(place: Place): string {
  if ('action' in place) return place.action;
  return 'args' in place ? commandText(place) : operandText(place);
}

function* counted(count: number): Generator<[unknown, unknown]> {
  for (let at = 0; at < count; at++) yield [at, at];
}
