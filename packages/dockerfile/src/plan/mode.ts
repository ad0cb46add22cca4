/** `--chmod`: bits, or changes as chmod(1) has them. */
export type Mode =
  | { readonly kind: 'bits'; readonly bits: number }
  | { readonly kind: 'changes'; readonly changes: string };

const maxBits = 0o7777;
const maxLength = 256;

/** @returns undefined for what is neither octal nor `[ugoa][+-=][rwxXst]` */
export function parseMode(text: string): Mode | undefined {
  if (text === '' || text.length > maxLength) return undefined;
  if ([...text].every((c) => c >= '0' && c <= '7')) {
    const bits = Number.parseInt(text, 8);
    return bits <= maxBits ? Object.freeze({ kind: 'bits', bits }) : undefined;
  }
  if (!text.split(',').every(isChange)) return undefined;
  return Object.freeze({ kind: 'changes', changes: text });
}

function isChange(clause: string): boolean {
  let at = 0;
  while ('ugoa'.includes(clause[at] ?? ' ')) at++;
  if (at === clause.length) return false;
  while (at < clause.length) {
    if (!'+-='.includes(clause[at] ?? ' ')) return false;
    at++;
    while ('rwxXstugo'.includes(clause[at] ?? ' ')) at++;
  }
  return true;
}
