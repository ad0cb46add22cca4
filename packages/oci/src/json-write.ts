import { JsonDecimal, type JsonObject, type JsonValue } from './json-value.js';

/**
 * One byte sequence per value: no white space, keys sorted by UTF-16 code units, no optional escapes.
 * `parseJson` reads it back to an equal value.
 */
export function serialiseJson(value: JsonValue): Uint8Array {
  return new TextEncoder().encode(write(value));
}

function write(value: JsonValue): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (value instanceof JsonDecimal) return value.text;
  if (value instanceof Map) return writeObject(value);
  return `[${(value as readonly JsonValue[]).map(write).join(',')}]`;
}

function writeObject(object: JsonObject): string {
  const keys = [...object.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const members = keys.map((key) => `${JSON.stringify(key)}:${write(object.get(key) ?? null)}`);
  return `{${members.join(',')}}`;
}

/** A member of an object to be written; left out when the value is undefined. */
export type Member = readonly [key: string, value: JsonValue | undefined];

export function jsonObject(members: Iterable<Member>): JsonObject {
  const object = new Map<string, JsonValue>();
  for (const [key, value] of members) if (value !== undefined) object.set(key, value);
  return object;
}

/** A string map; undefined when there is none or it is empty. */
export function jsonStringMap(
  map: Readonly<Record<string, string>> | undefined,
): JsonObject | undefined {
  const entries = Object.entries(map ?? {});
  return entries.length === 0 ? undefined : new Map(entries);
}

/** A set as `{"key": {}}`; undefined when it is empty. */
export function jsonSet(keys: readonly string[]): JsonObject | undefined {
  return keys.length === 0 ? undefined : new Map(keys.map((key) => [key, new Map()]));
}

/** A list; undefined when it is empty. */
export function jsonList(
  items: readonly JsonValue[] | undefined,
): readonly JsonValue[] | undefined {
  return items === undefined || items.length === 0 ? undefined : items;
}
