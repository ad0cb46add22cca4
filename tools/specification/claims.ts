/** A claim of SPECIFICATION.md and the tests that hold it. */
export interface Claim {
  readonly line: number;
  readonly text: string;
  readonly tests: readonly TestName[];
}

export interface TestName {
  readonly line: number;
  readonly file: string;
  readonly title: string;
}

/** Text of a file by its path from the root of the repository; undefined where there is none. */
export type ReadText = (path: string) => string | undefined;

/**
 * The claims of a specification: an item `- …` is a claim, the items below it, indented, are its tests, written as
 * `` `path`: title ``. Lines that go on with neither belong to the claim.
 */
export function readClaims(markdown: string): readonly Claim[] {
  const claims: { line: number; text: string; tests: TestName[] }[] = [];
  for (const [index, line] of markdown.split('\n').entries()) {
    const last = claims.at(-1);
    const test = /^\s+- `([^`]+)`: (.+)$/.exec(line);
    if (line.startsWith('- ')) claims.push({ line: index + 1, text: line.slice(2), tests: [] });
    else if (test !== null && last !== undefined) {
      last.tests.push({ line: index + 1, file: test[1] ?? '', title: (test[2] ?? '').trim() });
    } else if (/^\s+- /.test(line)) {
      claims.push({ line: index + 1, text: `not a test: ${line.trim()}`, tests: [] });
    }
  }
  return claims;
}

/** What is wrong with the claims, one line each: a claim without a test, a file or a title that does not exist. */
export function checkClaims(markdown: string, read: ReadText): readonly string[] {
  return readClaims(markdown).flatMap(({ line, text, tests }) => {
    if (tests.length === 0) return [`line ${line}: no test holds "${text}"`];
    return tests.flatMap((test) => checkTest(test, read));
  });
}

function checkTest({ line, file, title }: TestName, read: ReadText): readonly string[] {
  const source = read(file);
  if (source === undefined) return [`line ${line}: no file ${file}`];
  return hasTitle(source, title) ? [] : [`line ${line}: ${file} has no test "${title}"`];
}

/** Whether a call has the title as its first argument, in any of the quotes of the language, and is not left out. */
function hasTitle(source: string, title: string): boolean {
  return [`'`, `"`, '`'].some((quote) => {
    const literal = quote + title.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`) + quote;
    for (let at = source.indexOf(literal); at >= 0; at = source.indexOf(literal, at + 1)) {
      const before = source.slice(0, at).trimEnd();
      if (before.endsWith('(') && !/\.(?:skip|todo)\($/.test(before)) return true;
    }
    return false;
  });
}

const codeSpan = /`([^`\n]+)`/g;
const ours = /^(?:packages|apps|e2e|tools|proto|docs)\/[\w./-]+$/;
const link = /\]\(([^)#\s]+)(?:#[^)]*)?\)/g;

/**
 * The files that a document names and that do not exist: code spans that begin with a folder of the repository, and
 * relative links. `exists` is asked for paths from the root.
 */
export function missingPaths(
  markdown: string,
  document: string,
  exists: (path: string) => boolean,
): readonly string[] {
  const folder = document.includes('/') ? document.slice(0, document.lastIndexOf('/')) : '';
  const spans = [...markdown.matchAll(codeSpan)].map((match) => match[1] ?? '');
  const links = [...markdown.matchAll(link)].map((match) => match[1] ?? '');
  const named = [
    ...spans.filter((text) => ours.test(text)),
    ...links
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => resolveFrom(folder, target)),
  ];
  return [...new Set(named)].filter((path) => !exists(path.replace(/\/$/, '')));
}

function resolveFrom(folder: string, target: string): string {
  const parts = folder === '' ? [] : folder.split('/');
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
