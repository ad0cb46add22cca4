const step = '    ';

/** Lays a compact JSON text out over lines, as docker's inspect does. */
export function indentJson(compact: string): string {
  let text = '';
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < compact.length; at++) {
    const char = compact.charAt(at);
    if (quoted) {
      text += char;
      if (char === '\\') text += compact.charAt(++at);
      else if (char === '"') quoted = false;
    } else if (
      (char === '{' && compact[at + 1] === '}') ||
      (char === '[' && compact[at + 1] === ']')
    ) {
      text += char + compact.charAt(++at);
    } else if (char === '{' || char === '[') text += `${char}\n${step.repeat(++depth)}`;
    else if (char === '}' || char === ']') text += `\n${step.repeat(--depth)}${char}`;
    else if (char === ',') text += `,\n${step.repeat(depth)}`;
    else if (char === ':') text += ': ';
    else {
      text += char;
      quoted = char === '"';
    }
  }
  return text;
}
