import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { checkClaims, missingPaths, readClaims } from './claims.js';

const specification = 'SPECIFICATION.md';

function readText(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function documents(): readonly string[] {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'];
  const names = execFileSync('git', list, { encoding: 'utf8' }).split('\n');
  return names.filter((name) => name !== '' && existsSync(name));
}

/** Runs in the root of the repository. @returns the exit code */
function main(): number {
  const markdown = readText(specification) ?? '';
  const problems = [
    ...checkClaims(markdown, readText).map((problem) => `${specification}: ${problem}`),
    ...documents().flatMap((document) =>
      missingPaths(readText(document) ?? '', document, existsSync).map(
        (path) => `${document}: no file ${path}`,
      ),
    ),
  ];
  for (const problem of problems) console.error(problem);
  if (problems.length === 0)
    console.log(`${readClaims(markdown).length} claims, each with its test`);
  return problems.length === 0 ? 0 : 1;
}

process.exitCode = main();
