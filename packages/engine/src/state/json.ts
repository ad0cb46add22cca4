/** JSON with bigint and Date, for records of our own: `{"$n":"42"}`, `{"$d":<ms>}`. Keys that start with $ are not used otherwise. */
export function encodeRecord(value: unknown): string {
  return JSON.stringify(
    value,
    function (this: Record<string, unknown>, key: string, inner: unknown) {
      const raw = this[key];
      if (typeof raw === 'bigint') return { $n: raw.toString() };
      if (raw instanceof Date) return { $d: raw.getTime() };
      return inner;
    },
  );
}

export function decodeRecord<T>(text: string): T {
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if ('$n' in value && typeof value.$n === 'string') return BigInt(value.$n);
    if ('$d' in value && typeof value.$d === 'number') return new Date(value.$d);
    return value;
  }) as T;
}
