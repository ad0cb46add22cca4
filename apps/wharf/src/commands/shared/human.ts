/** The first `width` characters of a text, the last one an ellipsis when some were left out. */
export function ellipsis(text: string, width: number): string {
  const chars = [...text];
  if (chars.length <= width) return text;
  return width <= 3 ? chars.slice(0, width).join('') : `${chars.slice(0, width - 1).join('')}…`;
}
