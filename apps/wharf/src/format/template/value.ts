/** A number that Go would hold as float64 though it has no fraction: `1.0` in a template. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

const goType = Symbol('go type');

/**
 * Marks an object as a Go struct of the given type: a field that it lacks is an error that names the
 * type (`can't evaluate field Foo in type *formatter.ContainerContext`). Functions among its fields
 * are methods: called with the arguments that follow them, or none. Unmarked objects are maps.
 */
export function struct<T extends object>(typeName: string, fields: T): T {
  return Object.defineProperty({ ...fields }, goType, { value: typeName });
}

/** Gives an object further fields that templates find and JSON leaves out: Go's names where the JSON has others. */
export function withHidden<T extends object>(
  value: T,
  fields: Readonly<Record<string, unknown>>,
): T {
  for (const [name, field] of Object.entries(fields)) {
    Object.defineProperty(value, name, { value: field });
  }
  return value;
}

export type Kind =
  | 'none'
  | 'nil'
  | 'bool'
  | 'int'
  | 'float'
  | 'string'
  | 'bytes'
  | 'slice'
  | 'map'
  | 'struct'
  | 'time'
  | 'func';

/** Go's kind of a value; `none` is a missing value, printed `<no value>`. */
export function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case 'undefined':
    case 'symbol':
      return 'none';
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return Number.isInteger(value) ? 'int' : 'float';
    case 'string':
      return 'string';
    case 'function':
      return 'func';
    case 'object':
      return value === null ? 'nil' : objectKind(value);
  }
}

function objectKind(value: object): Kind {
  if (Array.isArray(value)) return 'slice';
  if (value instanceof Float) return 'float';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Date) return 'time';
  return goType in value ? 'struct' : 'map';
}

/** The number of an `int` or `float` value. */
export function numberOf(value: unknown): number | bigint {
  if (value instanceof Float) return value.value;
  return typeof value === 'number' || typeof value === 'bigint' ? value : Number.NaN;
}

/** Go's name of the type of a value, as error texts and `%T` show it. */
export function typeName(value: unknown): string {
  switch (kindOf(value)) {
    case 'none':
    case 'nil':
      return 'interface {}';
    case 'float':
      return 'float64';
    case 'bytes':
      return '[]uint8';
    case 'time':
      return 'time.Time';
    case 'slice':
      return `[]${elementType(value as unknown[])}`;
    case 'map':
      return `map[string]${elementType(entriesOf(value).map(([, element]) => element))}`;
    case 'struct':
      return String((value as Record<typeof goType, unknown>)[goType]);
    default:
      return kindOf(value);
  }
}

function elementType(elements: readonly unknown[]): string {
  const all = elements.length > 0 && elements.every((element) => typeof element === 'string');
  return all ? 'string' : 'interface {}';
}

/** The fields or entries of a `map` or `struct`, in their own order. */
export function entriesOf(value: unknown): [string, unknown][] {
  if (value instanceof Map) return [...value].map(([key, element]) => [String(key), element]);
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** Entries of a map in Go's printing and ranging order: by the bytes of the key. */
export function sortedEntries(value: unknown): [string, unknown][] {
  return entriesOf(value).sort(([left], [right]) => compareStrings(left, right));
}

/** One entry; undefined when absent. Inherited properties are never seen. */
export function entryOf(value: unknown, key: string): unknown {
  if (value instanceof Map) return value.get(key);
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}

export function hasEntry(value: unknown, key: string): boolean {
  if (value instanceof Map) return value.has(key);
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}

/** Order of two strings by their UTF-8 bytes, which is Go's order. */
export function compareStrings(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** Whether `if` takes a value for true: not missing, nil, false, zero or empty. */
export function isTrue(value: unknown): boolean {
  switch (kindOf(value)) {
    case 'none':
    case 'nil':
      return false;
    case 'bool':
      return value === true;
    case 'int':
    case 'float':
      return numberOf(value) != 0;
    case 'string':
      return value !== '';
    case 'bytes':
      return (value as Uint8Array).length > 0;
    case 'slice':
      return (value as unknown[]).length > 0;
    case 'map':
      return value instanceof Map ? value.size > 0 : Object.keys(value as object).length > 0;
    default:
      return true;
  }
}
