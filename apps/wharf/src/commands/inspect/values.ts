/** Docker shows an empty list as null where it was never set. */
export function emptyToNull<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list;
}

/** A record as a map: its keys sorted and looked up by `index`. */
export function mapOf(record: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(record));
}

/** The keys of a set as docker has them: `{"/data":{}}`. */
export function setOf(keys: readonly string[]): ReadonlyMap<string, object> {
  return new Map(keys.map((key) => [key, {}]));
}
