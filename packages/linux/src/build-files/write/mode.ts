import type { Mode } from '@wharf/dockerfile';

const who: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 };
const shifts: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };

/**
 * The permission bits of --chmod: octal as they are, or changes as chmod(1) makes them, from left to right, with no umask.
 */
export function applyMode(mode: Mode | undefined, bits: number, isDirectory: boolean): number {
  if (mode === undefined) return bits;
  if (mode.kind === 'bits') return mode.bits;
  return mode.changes.split(',').reduce((now, clause) => change(now, clause, isDirectory), bits);
}

function change(before: number, clause: string, isDirectory: boolean): number {
  let at = 0;
  let scope = 0;
  for (; (clause[at] ?? '') in who; at++) scope |= who[clause[at] ?? ''] ?? 0;
  if (scope === 0) scope = who['a'] ?? 0;
  let bits = before;
  while (at < clause.length) {
    const operator = clause[at++];
    let letters = '';
    while (at < clause.length && !'+-='.includes(clause[at] ?? '')) letters += clause[at++] ?? '';
    const value = valueOf(letters, bits, isDirectory) & scope;
    if (operator === '+') bits |= value;
    else if (operator === '-') bits &= ~value;
    else bits = (bits & ~cleared(scope, isDirectory)) | value;
  }
  return bits;
}

/** As GNU chmod has it, `=` leaves setuid and setgid of a directory as they are. */
function cleared(scope: number, isDirectory: boolean): number {
  return isDirectory ? scope & ~0o6000 : scope;
}

function valueOf(letters: string, bits: number, isDirectory: boolean): number {
  let value = 0;
  for (const letter of letters) {
    if (letter === 'r') value |= 0o444;
    else if (letter === 'w') value |= 0o222;
    else if (letter === 'x') value |= 0o111;
    else if (letter === 'X') value |= isDirectory || (bits & 0o111) !== 0 ? 0o111 : 0;
    else if (letter === 's') value |= 0o6000;
    else if (letter === 't') value |= 0o1000;
    else value |= ((bits >> (shifts[letter] ?? 0)) & 7) * 0o111;
  }
  return value;
}
