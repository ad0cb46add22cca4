import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DockerfileError } from '../error.js';
import { readDockerfile } from '../instruction/dockerfile.js';
import { maxInstructions, maxNotedLines, maxTextLength, maxWords } from '../limits.js';
import { plan } from '../plan/plan.js';
import { check } from '../lint/check.js';
import { normalisePlatform } from '@wharf/oci';
import type { Plan } from '../plan/plan-types.js';
import type { Ast } from './ast.js';
import { parse } from './parse.js';
import { print } from './print.js';

const buildPlatform = normalisePlatform('linux', 'amd64');

/** Pieces from which random text becomes something like a Dockerfile. */
const piece = fc.constantFrom(
  ...'FROM |scratch|RUN |COPY |ADD |ENV |ARG |LABEL |ONBUILD |CMD |HEALTHCHECK |EXPOSE |VOLUME |SHELL |WORKDIR '.split(
    '|',
  ),
  ...'\n|\r\n|\\\n|\\| |\t|#|# escape=`\n|# check=skip=all\n|"|\'|`|$|${|}|:-|<<EOF|<<-E|EOF|E\n|EOF\n|--from=|--mount=|type=bind|,|=|a|b|[|]|["a"]|\uFEFF|é|\0|\u2028'.split(
    '|',
  ),
);
const dockerfile = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));

function refusedOrDone(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(DockerfileError);
  }
}

describe('any text', () => {
  test('is parsed, understood and planned, or refused with our error', () => {
    fc.assert(
      fc.property(dockerfile, fc.boolean(), (text, headed) => {
        refusedOrDone(() => {
          const file = readDockerfile(headed ? `FROM scratch\n${text}` : text);
          const result = plan(file, { buildPlatform, buildArgs: new Map([['a', 'x y']]) });
          if (result.kind === 'plan') expectOrder(result);
          check(file, { buildPlatform });
        });
      }),
      { numRuns: 4000 },
    );
  });

  test('of all characters is parsed or refused with our error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        refusedOrDone(() => readDockerfile(text));
      }),
      { numRuns: 500 },
    );
  });

  test('that was parsed and printed parses to the same', () => {
    fc.assert(
      fc.property(dockerfile, (text) => {
        let ast: Ast;
        try {
          ast = parse(text);
        } catch {
          return;
        }
        fc.pre(ast.statements.every(({ line }) => !line.text.endsWith(ast.escape)));
        expect(essence(parse(print(ast)))).toEqual(essence(ast));
      }),
      { numRuns: 4000 },
    );
  });

  test('has its words where it says', () => {
    fc.assert(
      fc.property(dockerfile, (text) => {
        refusedOrDone(() => {
          const { statements, source } = parse(text);
          for (const { keyword } of statements) {
            const { start, end } = keyword.range;
            if (start.line !== end.line) continue;
            const line = source.text.split('\n')[start.line - 1] ?? '';
            expect(line.slice(start.column - 1, end.column - 1)).toBe(keyword.text);
          }
        });
      }),
      { numRuns: 2000 },
    );
  });
});

/** Every operation stands behind those that it needs. */
function expectOrder({ ops, target }: Plan): void {
  expect(ops.every(({ id, inputs }, i) => id === i && inputs.every((input) => input < i))).toBe(
    true,
  );
  expect(ops[target.result]?.id).toBe(target.result);
}

function essence({ escape, directives, statements }: Ast): unknown {
  return {
    escape,
    directives: directives.map(({ name, value }) => [name, value.text]),
    statements: statements.map(({ line, comments, heredocs, flags }) => ({
      line: line.text,
      comments: comments.map(({ text }) => text),
      heredocs: heredocs.map(({ name, content, expand, stripTabs }) => [
        name,
        content,
        expand,
        stripTabs,
      ]),
      flags: flags.map(({ name, value }) => [name, value?.text]),
    })),
  };
}

describe('hostile sizes', () => {
  const refused = (text: string): void => {
    expect(() => readDockerfile(text)).toThrow(
      expect.objectContaining({ name: 'DockerfileError', code: 'resource-exhausted' }),
    );
  };

  test('too long a text, too many instructions, stages, words, flags, heredocs are refused', () => {
    refused('F'.repeat(maxTextLength + 1));
    refused(`FROM scratch\n${'RUN x\n'.repeat(maxInstructions)}`);
    refused('FROM scratch\n'.repeat(1000));
    refused(`FROM scratch\nENV ${'a=b '.repeat(maxWords + 1)}\n`);
    refused(`FROM scratch\nCOPY ${'--exclude=a '.repeat(maxWords + 1)} a b\n`);
    refused(`FROM scratch\nRUN ${'<<a '.repeat(maxWords + 1)}\n${'a\n'.repeat(maxWords + 1)}`);
  });

  /** Texts near the limit that would take hours if anything in them were read again and again. */
  const near = maxTextLength - 1000;
  test.each([
    ['empty lines', '\n'.repeat(near)],
    ['comments', '#\n'.repeat(near / 2)],
    ['comments that are kept', '#a\n'.repeat(near / 3)],
    ['blanks', ' '.repeat(near)],
    ['one word', 'a'.repeat(near)],
    ['continuations', `FROM scratch\nRUN a${'\\\n'.repeat(near / 2)}`],
    ['empty lines in a continuation', `FROM scratch\nRUN a \\\n${'\n'.repeat(near)}b`],
    ['comments in a continuation', `FROM scratch\nRUN a \\\n${'#\n'.repeat(near / 2)}b`],
    ['escapes', `FROM scratch\nRUN ${'\\'.repeat(near)}`],
    ['quotes', `FROM scratch\nENV a=${'"'.repeat(near)}`],
    ['an open quote', `FROM scratch\nENV a="${'a '.repeat(near / 2)}`],
    ['brackets', `FROM scratch\nRUN ${'['.repeat(near)}`],
    ['a heredoc without end', `FROM scratch\nRUN <<EOF\n${'E\n'.repeat(near / 2)}`],
    ['arrows', `FROM scratch\nRUN ${'<'.repeat(near)}`],
    ['a flag', `FROM scratch\nRUN --${'a'.repeat(near)} x`],
    ['a mount', `FROM scratch\nRUN --mount=${'a,'.repeat(near / 2)} x`],
    ['dollars', `FROM scratch\nENV a=${'$'.repeat(near)}`],
    ['braces', `FROM scratch\nENV a=${'${a'.repeat(near / 3)}`],
    ['values', `FROM scratch\nENV a=1\nENV b=${'$a'.repeat(50_000)}`],
    ['an image', `FROM ${'a/'.repeat(near / 2)}`],
  ])('%s are read once', (_, text) => {
    refusedOrDone(() => plan(readDockerfile(text), { buildPlatform }));
  });

  test('values that double are refused', () => {
    const lines = Array.from({ length: 40 }, () => 'ARG a=$a$a');
    const file = readDockerfile(`FROM scratch\nARG a=xxxx\n${lines.join('\n')}`);
    expect(() => plan(file, { buildPlatform })).toThrow(
      expect.objectContaining({ code: 'resource-exhausted' }),
    );
  });

  test('many variables in many instructions are refused', () => {
    const lines = Array.from({ length: 3000 }, (_, i) => `ENV a${i}=`);
    const wide = Array.from({ length: 4000 }, (_, i) => `w${i}=`).join(' ');
    const file = readDockerfile(`FROM scratch\nENV ${wide}\n${lines.join('\n')}`);
    expect(() => plan(file, { buildPlatform })).toThrow(/takes too much to evaluate/);
  });

  test('ports of many ranges are refused', () => {
    const file = readDockerfile(`FROM scratch\n${'EXPOSE 1-65535\n'.repeat(1000)}`);
    expect(() => plan(file, { buildPlatform })).toThrow(/takes too much to evaluate/);
  });

  test('of very many comments above an instruction the last are kept', () => {
    const { statements } = parse(`${'#a\n'.repeat(1000)}#b\nFROM scratch\n`);
    expect(statements[0]?.comments.length).toBe(maxNotedLines);
    expect(statements[0]?.comments.at(-1)?.text).toBe('b');
  });

  test('a chain of all stages that there may be is planned', () => {
    const stages = Array.from({ length: 499 }, (_, i) => `FROM s${i} AS s${i + 1}\n`);
    const result = plan(readDockerfile(`FROM scratch AS s0\n${stages.join('')}`), {
      buildPlatform,
    });
    expect(result.kind === 'plan' ? result.stages.length : 0).toBe(500);
  });
});

describe('names of JavaScript', () => {
  test('are names like others', () => {
    const text =
      'FROM scratch AS constructor\nARG __proto__=1 constructor=2\nENV toString=$__proto__$constructor\nLABEL __proto__=3\nFROM constructor\nRUN $hasOwnProperty\n';
    const result = plan(readDockerfile(text), { buildPlatform });
    const config = result.kind === 'plan' ? result.target.config : undefined;
    expect(config?.env).toContain('toString=12');
    expect(Object.entries(config?.labels ?? {})).toEqual([['__proto__', '3']]);
    expect(Object.getPrototypeOf(config?.labels)).toBeNull();
  });

  test.each([['constructor x'], ['__proto__ x'], ['toString']])('%s is no instruction', (line) => {
    expect(() => readDockerfile(`FROM scratch\n${line}\n`)).toThrow(/there is no instruction/);
  });

  test.each([
    ['RUN --constructor x'],
    ['RUN --mount=__proto__=x y'],
    ['RUN --mount=type=toString,target=/x y'],
  ])('%s has no such flag or key', (line) => {
    expect(() => readDockerfile(`FROM scratch\n${line}\n`)).toThrow(DockerfileError);
  });
});
