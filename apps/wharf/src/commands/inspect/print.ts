import type { CliContext } from '../../context.js';
import { describeError } from '../../format/errors.js';
import { escapeControlsInLines } from '../../format/escape.js';
import { compile, goJson } from '../../format/template/index.js';
import { indentJson } from './indent.js';

/**
 * Prints the objects of these names: a JSON list, or a line each by the template. Those that cannot be
 * had are told at the end.
 * @returns the exit code
 */
export async function printObjects(
  { io, globals }: CliContext,
  names: readonly string[],
  format: string,
  get: (name: string) => Promise<object>,
): Promise<number> {
  const template =
    format === ''
      ? undefined
      : compile(format === 'json' ? '{{json .}}' : format, {
          missingKey: 'error',
          clean: escapeControlsInLines,
        });
  const failures: unknown[] = [];
  const objects: object[] = [];
  for (const name of names) {
    try {
      objects.push(await get(name));
    } catch (thrown) {
      failures.push(thrown);
    }
  }
  if (template === undefined) io.stdout.write(`${indentJson(goJson(objects))}\n`);
  else for (const object of objects) io.stdout.write(`${template.execute(object)}\n`);
  const { debug } = globals;
  for (const failure of failures) io.stderr.write(describeError(failure, { name: 'wharf', debug }));
  return failures.length > 0 ? 1 : 0;
}
