const htmlNames: Readonly<Record<string, string>> = {
  '\0': '\ufffd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};

/** Go's `html` function. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[\0"'&<>]/g, (char) => htmlNames[char] ?? char);
}

const jsNames: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
};

/** Go's `js` function. */
export function escapeJs(text: string): string {
  return text.replaceAll(/[\\'"<>&=\x00-\x1f\u2028\u2029]/g, (char) => {
    const code = char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    return jsNames[char] ?? `\\u${code}`;
  });
}

/** Go's `urlquery` function: a query component with + for space. */
export function escapeQuery(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replaceAll('%20', '+')
    .replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
