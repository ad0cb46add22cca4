import type { Comment } from '../parse/ast.js';

/** What the comments above say of a name: the line that begins with it, without it. */
export function describe(
  comments: readonly Comment[],
  name: string | undefined,
): string | undefined {
  if (name === undefined) return undefined;
  const line = comments.find(({ text }) => text.startsWith(`${name} `));
  return line?.text.slice(name.length + 1).trim();
}
