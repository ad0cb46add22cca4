import { CallError } from './call-error.js';
import { entriesOf, entryOf, hasEntry, kindOf, numberOf, typeName } from './value.js';

/** Go's `len`; a string counts bytes. */
export function length(value: unknown): number {
  switch (kindOf(value)) {
    case 'string':
      return Buffer.byteLength(value as string);
    case 'slice':
    case 'bytes':
      return (value as ArrayLike<unknown>).length;
    case 'map':
      return value instanceof Map ? value.size : Object.keys(value as object).length;
    case 'none':
    case 'nil':
      throw new CallError('len of nil pointer');
    default:
      throw new CallError(`len of type ${typeName(value)}`);
  }
}

/** Go's `index x 1 2`. A key that a map lacks gives the zero value of the map's elements. */
export function index(value: unknown, ...keys: unknown[]): unknown {
  if (value === undefined || value === null) throw new CallError('index of untyped nil');
  return keys.reduce((at, key) => indexOnce(at, key), value);
}

function indexOnce(value: unknown, key: unknown): unknown {
  switch (kindOf(value)) {
    case 'none':
    case 'nil':
      throw new CallError('index of nil pointer');
    case 'slice':
      return (value as unknown[])[position(key, (value as unknown[]).length)];
    case 'bytes':
      return (value as Uint8Array)[position(key, (value as Uint8Array).length)];
    case 'string': {
      const bytes = Buffer.from(value as string);
      return bytes[position(key, bytes.length)];
    }
    case 'map':
      return mapEntry(value, key);
    default:
      throw new CallError(`can't index item of type ${typeName(value)}`);
  }
}

function mapEntry(value: unknown, key: unknown): unknown {
  if (typeof key !== 'string') {
    if (key === undefined || key === null) throw new CallError('value is nil; should be string');
    throw new CallError(`value has type ${typeName(key)}; should be string`);
  }
  if (hasEntry(value, key)) return entryOf(value, key) ?? undefined;
  const ofStrings = entriesOf(value).every(([, element]) => typeof element === 'string');
  return ofStrings ? '' : undefined;
}

function position(key: unknown, limit: number, inclusive = false): number {
  if (key === undefined || key === null) throw new CallError('cannot index slice/array with nil');
  if (kindOf(key) !== 'int') {
    throw new CallError(`cannot index slice/array with type ${typeName(key)}`);
  }
  const at = Number(numberOf(key));
  if (at < 0 || at > limit || (at === limit && !inclusive)) {
    throw new CallError(`index out of range: ${at}`);
  }
  return at;
}

/** Go's `slice x 1 3`; a string is cut by bytes. */
export function slice(value: unknown, ...bounds: unknown[]): unknown {
  if (value === undefined || value === null) throw new CallError('slice of untyped nil');
  const kind = kindOf(value);
  if (bounds.length > 3) throw new CallError(`too many slice indexes: ${bounds.length}`);
  if (kind === 'string' && bounds.length === 3)
    throw new CallError('cannot 3-index slice a string');
  if (kind !== 'string' && kind !== 'slice' && kind !== 'bytes') {
    throw new CallError(`can't slice item of type ${typeName(value)}`);
  }
  const size = length(value);
  const [from = 0, to = size, cap = size] = bounds.map((bound) => position(bound, size, true));
  if (from > to) throw new CallError(`invalid slice index: ${from} > ${to}`);
  if (to > cap) throw new CallError(`invalid slice index: ${to} > ${cap}`);
  if (kind === 'string')
    return Buffer.from(value as string)
      .subarray(from, to)
      .toString();
  return (value as unknown[] | Uint8Array).slice(from, to);
}
