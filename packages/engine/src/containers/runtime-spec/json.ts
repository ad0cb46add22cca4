/** JSON in which a bigint keeps all its digits: limits of 2^64-1 are beyond exact numbers. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? rawJson(String(member)) : member,
  );
}

/** ECMAScript's JSON.rawJSON, which the type library of this TypeScript does not know yet. */
function rawJson(text: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);
}
