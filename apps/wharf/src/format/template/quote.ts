const named: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};

/** A string as Go's `%q` shows it; flag `#` prefers backquotes, `+` gives ASCII only. */
export function quote(text: string, flags: string): string {
  if (flags.includes('#') && !/[`\x00-\x08\x0a-\x1f\x7f\ufeff]/.test(text)) return `\`${text}\``;
  return `"${[...text].map((char) => (char === '"' ? '\\"' : escaped(char, flags))).join('')}"`;
}

/** A character as Go's `%q` of an integer shows it. */
export function quoteRune(char: string, flags: string): string {
  return `'${char === "'" ? "\\'" : escaped(char, flags)}'`;
}

function escaped(char: string, flags: string): string {
  const name = named[char];
  if (name !== undefined) return name;
  const code = char.codePointAt(0) ?? 0;
  if (code >= 0x20 && code < 0x7f) return char;
  if (code < 0x80) return `\\x${hex(code, 2)}`;
  if (!flags.includes('+') && /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(char)) return char;
  if (code >= 0xd800 && code < 0xe000) return flags.includes('+') ? '\\ufffd' : '\ufffd';
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
}

function hex(code: number, length: number): string {
  return code.toString(16).padStart(length, '0');
}
