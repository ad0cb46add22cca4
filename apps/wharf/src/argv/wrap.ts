/** A text narrower than this is not worth wrapping. */
const least = 24;

/** How far the last line may go beyond the wrapping width rather than leave one short word. */
const slop = 5;

/** Lines of at most `width` columns, broken at spaces; line breaks in the text are kept. */
export function wrapText(text: string, width: number): string[] {
  if (width < least) return text.split('\n');
  return text.split('\n').flatMap((line) => wrapLine(line, width - slop));
}

function wrapLine(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width + slop) {
    const space = rest.lastIndexOf(' ', width);
    const at = space > 0 ? space : rest.indexOf(' ', width);
    if (at < 0) break;
    lines.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at + 1).trimStart();
  }
  return [...lines, rest];
}

/** Rows of two columns: `left` padded to the widest, `right` wrapped beside it. */
export function twoColumns(
  rows: readonly (readonly [left: string, right: string])[],
  options: { readonly width: number; readonly gap: number },
): string[] {
  const indent = Math.max(0, ...rows.map(([left]) => left.length)) + options.gap;
  return rows.flatMap(([left, right]) => {
    const lines = wrapText(right, options.width - indent);
    return lines.map((line, at) => `${(at === 0 ? left : '').padEnd(indent)}${line}`.trimEnd());
  });
}
