/** White space as Go's unicode.IsSpace has it, which decides where docker trims and splits. */
export function isSpace(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  if (code === 0x85 || code === 0xa0 || code === 0x1680 || code === 0x3000) return true;
  return (
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f
  );
}

/** White space between the words of a line: tab, vertical tab, form feed, carriage return, space. */
export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0b || code === 0x0c || code === 0x0d;
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

export function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

/** The first index at or after `from` whose character fails the test. */
export function skip(text: string, from: number, test: (code: number) => boolean): number {
  let at = from;
  while (at < text.length && test(text.charCodeAt(at))) at++;
  return at;
}

/** The last end before `to` after which all characters pass the test. */
export function skipBack(text: string, to: number, test: (code: number) => boolean): number {
  let end = to;
  while (end > 0 && test(text.charCodeAt(end - 1))) end--;
  return end;
}

/** Splits at the first separator; the second part is undefined when there is none. */
export function cut(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  if (at < 0) return [text, undefined];
  return [text.slice(0, at), text.slice(at + separator.length)];
}

const shown = 120;

/** Untrusted text for an error message: JSON-escaped, cut after 120 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > shown ? `${text.slice(0, shown)}…` : text);
}
