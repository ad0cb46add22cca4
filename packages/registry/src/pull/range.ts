/** `bytes FIRST-LAST/TOTAL` (RFC 9110, 14.4); total is undefined for `*`. */
export interface ContentRange {
  readonly first: number;
  readonly last: number;
  readonly total: number | undefined;
}

const maxLength = 64;

/** Undefined for anything that is not a range of bytes with FIRST <= LAST < TOTAL. */
export function parseContentRange(text: string | undefined): ContentRange | undefined {
  if (text === undefined || text.length > maxLength) return undefined;
  const found = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(text);
  if (found === null) return undefined;
  const first = Number(found[1]);
  const last = Number(found[2]);
  const total = found[3] === '*' ? undefined : Number(found[3]);
  if (first > last || (total !== undefined && last >= total)) return undefined;
  return { first, last, total };
}
