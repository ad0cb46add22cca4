const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Characters that move the cursor, change the terminal or hide text, as escapes: C0 and C1 controls
 * as `\x1b`, line and direction marks as `\u202e`. Names from images and containers pass here before
 * they reach a terminal.
 */
export function escapeControls(text: string): string {
  return isPlain(text) ? text : text.replaceAll(controls(), escapeChar);
}

/** The same, but line breaks and tabs stay: they are the doing of the user's own template. */
export function escapeControlsInLines(text: string): string {
  if (isPlain(text)) return text;
  return text.replaceAll(controls(), (char) =>
    char === '\n' || char === '\t' ? char : escapeChar(char),
  );
}

function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

function controls(): RegExp {
  return /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]/gu;
}

function escapeChar(char: string): string {
  const name = named[char];
  if (name !== undefined) return name;
  const code = char.codePointAt(0) ?? 0;
  return code < 0x80
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}
