import type { Ast, Statement } from './ast.js';

/**
 * Writes an AST back as a Dockerfile that parses to the same statements: directives, comments above instructions, each
 * instruction on one line, heredocs as they were.
 */
export function print(ast: Ast): string {
  const directives = ast.directives.map(({ name, value }) => `# ${name}=${value.text}\n`);
  // the empty line keeps a comment from being read as a directive
  const head = `${directives.join('')}\n`;
  return `${head}${ast.statements.map(printStatement).join('')}`;
}

/** One statement with its heredocs, as it goes into an image as ONBUILD trigger and into history. */
export function printStatement({ line, comments, heredocs }: Statement): string {
  const above = comments.map(({ text }) => `# ${text}\n`).join('');
  const bodies = heredocs.map(({ content, name }) => `${content}${name}\n`);
  return `${above}${line.text}\n${bodies.join('')}`;
}
