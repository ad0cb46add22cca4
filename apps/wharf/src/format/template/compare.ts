import { CallError } from './call-error.js';
import { display } from './verbs.js';
import { compareStrings, kindOf, numberOf, typeName } from './value.js';

/** Go's `eq a b c`: whether a equals any of the others. Values of different kinds are an error. */
export function equal(first: unknown, ...others: unknown[]): boolean {
  requireComparable(first);
  if (others.length === 0) throw new CallError('missing argument for comparison');
  return others.some((other) => equalPair(first, other));
}

function requireComparable(value: unknown): void {
  if (['slice', 'map', 'bytes', 'func'].includes(kindOf(value))) {
    throw new CallError(`non-comparable type ${display(value)}: ${typeName(value)}`);
  }
}

function isNil(value: unknown): boolean {
  return value === undefined || value === null;
}

function equalPair(left: unknown, right: unknown): boolean {
  if (isNil(left) || isNil(right)) return isNil(left) && isNil(right);
  const kind = kindOf(left);
  if (kind !== kindOf(right)) throw new CallError('incompatible types for comparison');
  requireComparable(right);
  if (kind === 'time') return (left as Date).getTime() === (right as Date).getTime();
  return kind === 'int' || kind === 'float' ? numberOf(left) == numberOf(right) : left === right;
}

/** The order of two strings or two numbers of one kind: negative, zero or positive. */
export function compareValues(left: unknown, right: unknown): number {
  const kind = kindOf(left);
  if (!isOrdered(left) || !isOrdered(right)) throw new CallError('invalid type for comparison');
  if (kind !== kindOf(right)) throw new CallError('incompatible types for comparison');
  if (kind === 'string') return compareStrings(left as string, right as string);
  const [a, b] = [numberOf(left), numberOf(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function isOrdered(value: unknown): boolean {
  return ['int', 'float', 'string'].includes(kindOf(value));
}
