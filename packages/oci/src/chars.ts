/** Tests on UTF-16 code units, for the hand-written parsers of this package (all linear in their input). */
export type CharTest = (code: number) => boolean;

export const isDigit: CharTest = (c) => c >= 0x30 && c <= 0x39;
export const isLower: CharTest = (c) => c >= 0x61 && c <= 0x7a;
export const isUpper: CharTest = (c) => c >= 0x41 && c <= 0x5a;
export const isLetter: CharTest = (c) => isLower(c) || isUpper(c);
export const isAlphaNumeric: CharTest = (c) => isLetter(c) || isDigit(c);
export const isLowerAlphaNumeric: CharTest = (c) => isLower(c) || isDigit(c);
export const isLowerHex: CharTest = (c) => isDigit(c) || (c >= 0x61 && c <= 0x66);
export const isHex: CharTest = (c) => isLowerHex(c) || (c >= 0x41 && c <= 0x46);

/** Whether all characters pass; true for the empty string. */
export function every(text: string, test: CharTest): boolean {
  for (let i = 0; i < text.length; i++) if (!test(text.charCodeAt(i))) return false;
  return true;
}

/** The first index at or after `from` whose character fails the test. */
export function skip(text: string, from: number, test: CharTest): number {
  let at = from;
  while (at < text.length && test(text.charCodeAt(at))) at++;
  return at;
}

/** Splits at the first separator; the second part is undefined when there is none. */
export function cut(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  if (at < 0) return [text, undefined];
  return [text.slice(0, at), text.slice(at + separator.length)];
}

/** Decimal digits only, no sign, at most 15 of them; undefined for everything else. */
export function parseDecimal(text: string): number | undefined {
  if (text.length === 0 || text.length > 15 || !every(text, isDigit)) return undefined;
  return Number(text);
}

export function hasNul(text: string): boolean {
  return text.includes('\0');
}

const shown = 120;

/** Untrusted text for an error message: JSON-escaped, cut after 120 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > shown ? `${text.slice(0, shown)}…` : text);
}
