import { DockerfileError } from '../error.js';
import { parse } from '../parse/parse.js';
import { testCorpus } from '../test-corpus.js';
import { toInstructions } from './dockerfile.js';
import type { Instruction } from './instruction.js';

testCorpus('language', ({ dockerfile }) => {
  try {
    const ast = parse(dockerfile);
    const emptyLines = ast.statements.flatMap((statement) => statement.emptyLines);
    return {
      ...(ast.directives.length > 0 ? { directives: ast.directives } : {}),
      instructions: toInstructions(ast).instructions.map(brief),
      ...(emptyLines.length > 0 ? { emptyLines } : {}),
    };
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    return {
      error: error.message,
      code: error.code,
      at: error.range,
      excerpt: error.excerpt.split('\n'),
    };
  }
});

/** What is the same in all instructions is left out. */
function brief(instruction: Instruction): unknown {
  const { kind, range, text, keyword, source, escape, comments, ...rest } = instruction;
  return {
    kind,
    at: range,
    ...(keyword.text === kind.toUpperCase() ? {} : { keyword: keyword.text }),
    ...(source.name === 'Dockerfile' ? {} : { source: source.name }),
    ...(escape === '\\' ? {} : { escape }),
    ...(comments.length > 0 ? { comments } : {}),
    text,
    ...rest,
  };
}
