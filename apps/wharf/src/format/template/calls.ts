import { operandText } from './ast.js';
import type { CommandNode, Operand } from './ast.js';
import { literal } from './literals.js';
import { CallError } from './call-error.js';
import type { FunctionTable, Parameter, TemplateFunction } from './functions.js';
import type { EvaluationState } from './state.js';
import { entryOf, hasEntry, isTrue, kindOf, typeName } from './value.js';

/** The value that a pipeline hands to its next command. */
type Final = { readonly value: unknown } | undefined;

/** A command that is being evaluated: what its head may be called with. */
interface CallSite {
  readonly args: readonly Operand[];
  readonly final: Final;
  readonly dot: unknown;
}

const maxText = 16 << 20;
const typeNames: Readonly<Record<Parameter, string>> = {
  any: 'interface {}',
  string: 'string',
  int: 'int',
  list: '[]string',
};

/** Evaluates commands and their operands: paths into the data, function and method calls. */
export class Calls {
  readonly #state: EvaluationState;
  readonly #functions: FunctionTable;

  constructor(state: EvaluationState, functions: FunctionTable) {
    this.#state = state;
    this.#functions = functions;
  }

  command(command: CommandNode, dot: unknown, final: Final): unknown {
    const [head, ...args] = command.args;
    const site: CallSite = { args, final, dot };
    if (head.kind !== 'pipe') this.#state.at(head);
    switch (head.kind) {
      case 'identifier':
        return this.#function(head.name, command, site);
      case 'field':
      case 'variable':
      case 'chain':
        return this.#path(head, site);
      default:
        if (args.length > 0 || final !== undefined) {
          this.#state.fail(`can't give argument to non-function ${operandText(head)}`);
        }
        if (head.kind === 'nil') this.#state.fail('nil is not a command');
        return this.#operand(head, dot);
    }
  }

  #operand(node: Operand, dot: unknown): unknown {
    this.#state.at(node);
    const alone: CallSite = { args: [], final: undefined, dot };
    switch (node.kind) {
      case 'dot':
        return dot;
      case 'nil':
        return null;
      case 'pipe':
        return this.#state.pipeline(node, dot);
      case 'field':
      case 'variable':
      case 'chain':
        return this.#path(node, alone);
      case 'identifier':
        return this.#function(node.name, { args: [node], position: node.position }, alone);
      default:
        return literal(node);
    }
  }

  #path(node: Extract<Operand, { names: readonly string[] }>, site: CallSite): unknown {
    let value: unknown = site.dot;
    let names = node.names;
    if (node.kind === 'variable') {
      value = this.#state.variable(names[0] ?? '');
      names = names.slice(1);
      if (names.length === 0 && (site.args.length > 0 || site.final !== undefined)) {
        this.#state.fail(`can't give argument to non-function ${operandText(node)}`);
      }
    }
    if (node.kind === 'chain') {
      if (node.base.kind === 'nil')
        this.#state.fail(`indirection through explicit nil in ${operandText(node)}`);
      value = this.#operand(node.base, site.dot);
    }
    const bare: CallSite = { args: [], final: undefined, dot: site.dot };
    names.forEach((name, at) => {
      if (node.kind !== 'chain') this.#state.at(node);
      const last = at === names.length - 1;
      value = this.#field(value, name, node, last ? site : bare, last);
    });
    return value;
  }

  #field(value: unknown, name: string, node: Operand, site: CallSite, last: boolean): unknown {
    const kind = kindOf(value);
    const hasArgs = site.args.length > 0 || site.final !== undefined;
    if (kind === 'none') return this.#noEntry(`nil data; no entry for key ${JSON.stringify(name)}`);
    if (kind === 'nil') this.#state.fail(`nil pointer evaluating interface {}.${name}`);
    if (kind !== 'map' && kind !== 'struct') {
      this.#state.fail(`can't evaluate field ${name} in type ${typeName(value)}`);
    }
    if (!hasEntry(value, name)) {
      if (kind === 'map' && hasArgs) this.#state.fail(`${name} is not a method but has arguments`);
      if (kind === 'map') return this.#noEntry(`map has no entry for key ${JSON.stringify(name)}`);
      this.#state.fail(`can't evaluate field ${name} in type ${typeName(value)}`);
    }
    const found = entryOf(value, name);
    if (typeof found === 'function') return this.#method(found, value, name, node, site);
    if (hasArgs) this.#notMethod(name, kind);
    return last && found === null && kind === 'map' ? undefined : found;
  }

  #notMethod(name: string, kind: string): never {
    return this.#state.fail(
      kind === 'map'
        ? `${name} is not a method but has arguments`
        : `${name} has arguments but cannot be invoked as function`,
    );
  }

  #noEntry(message: string): undefined {
    if (this.#state.execution.missingKey === 'error') this.#state.fail(message);
    return undefined;
  }

  /** Calls a field that is a function with the command's arguments. */
  #method(method: unknown, self: unknown, name: string, node: Operand, site: CallSite): unknown {
    const count = site.args.length + (site.final === undefined ? 0 : 1);
    const wanted = (method as () => unknown).length;
    if (count !== wanted) {
      this.#state.fail(`wrong number of args for ${name}: want ${wanted} got ${count}`);
    }
    const args = site.args.map((arg) => this.#argument(arg, 'any', site.dot));
    if (site.final !== undefined) args.push(site.final.value);
    return this.#guarded(name, node, () => Reflect.apply(method as () => unknown, self, args));
  }

  #function(name: string, command: CommandNode, site: CallSite): unknown {
    const target = this.#functions[name];
    if (target === undefined || !Object.hasOwn(this.#functions, name)) {
      this.#state.fail(`${JSON.stringify(name)} is not a defined function`);
    }
    this.#checkCount(name, target, site);
    if (name === 'and' || name === 'or') return this.#shortCircuit(name, site);
    const args = site.args.map((arg, at) => this.#argument(arg, parameterAt(target, at), site.dot));
    if (site.final !== undefined) {
      const wanted = parameterAt(target, args.length);
      args.push(this.#checked(site.final.value, wanted));
    }
    return this.#guarded(name, command, () => target.call(...(args as never[])));
  }

  #checkCount(name: string, target: TemplateFunction, site: CallSite): void {
    const count = site.args.length + (site.final === undefined ? 0 : 1);
    const wanted = target.parameters.length;
    if (target.rest !== undefined ? count >= wanted : count === wanted) return;
    const least = target.rest !== undefined ? 'at least ' : '';
    this.#state.fail(`wrong number of args for ${name}: want ${least}${wanted} got ${count}`);
  }

  #shortCircuit(name: 'and' | 'or', site: CallSite): unknown {
    let value: unknown;
    for (const arg of site.args) {
      value = this.#argument(arg, 'any', site.dot);
      if (isTrue(value) === (name === 'or')) return value;
    }
    return site.final === undefined ? value : site.final.value;
  }

  #guarded(name: string, node: Operand | CommandNode, call: () => unknown): unknown {
    let result: unknown;
    try {
      result = call();
    } catch (thrown) {
      if (!(thrown instanceof CallError)) throw thrown;
      this.#state.at(node);
      this.#state.fail(`error calling ${name}: ${thrown.message}`);
    }
    if (typeof result === 'string' && result.length > maxText) {
      this.#state.fail(`error calling ${name}: the result is too long`);
    }
    return result;
  }

  /** An operand as a parameter of that type wants it. */
  #argument(node: Operand, wanted: Parameter, dot: unknown): unknown {
    this.#state.at(node);
    const value = this.#operand(node, dot);
    if (wanted === 'any') return value;
    this.#state.at(node);
    if (node.kind === 'nil') this.#state.fail(`cannot assign nil to ${typeNames[wanted]}`);
    const isLiteral = node.kind === 'string' || node.kind === 'number' || node.kind === 'bool';
    if (isLiteral && !fits(value, wanted)) this.#state.fail(mismatch(operandText(node), wanted));
    return this.#checked(value, wanted);
  }

  #checked(value: unknown, wanted: Parameter): unknown {
    if (fits(value, wanted)) return value;
    if (value === undefined) this.#state.fail(`invalid value; expected ${typeNames[wanted]}`);
    const got = typeName(value);
    return this.#state.fail(`wrong type for value; expected ${typeNames[wanted]}; got ${got}`);
  }
}

function parameterAt(target: TemplateFunction, at: number): Parameter {
  return target.parameters[at] ?? target.rest ?? 'any';
}

function mismatch(text: string, wanted: Parameter): string {
  if (wanted === 'list') return `can't handle ${text} for arg of type []string`;
  return `expected ${wanted === 'int' ? 'integer' : wanted}; found ${text}`;
}

function fits(value: unknown, wanted: Parameter): boolean {
  switch (wanted) {
    case 'any':
      return true;
    case 'string':
      return typeof value === 'string';
    case 'int':
      return typeof value === 'number' && Number.isInteger(value);
    case 'list':
      return Array.isArray(value);
  }
}
